import Runtime

/// An ordered list of rules for the sentences of captions.
///
/// For one sentence the first rule that matches decides. For the caption a veto decides before progress, progress
/// before nothing; and it counts as nothing only when every sentence is known.
///
/// Text format, one rule a line, fields separated by spaces; lines that are empty or start with `#` say nothing:
///
///     effect category pattern
///     1      kill     You kill the *!
public struct RuleTable: Sendable, Hashable {
  /// A longer table is refused: every sentence is held against every rule.
  public static let maximumRules = 10_000

  public let rules: [CaptionRule]

  /// Reads a table.
  /// - Throws: with the number of the line that cannot be read.
  public init(_ text: String) throws(RuleTableError) {
    var rules: [CaptionRule] = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      if line.allSatisfy({ $0 == " " }) || line.hasPrefix("#") { continue }
      rules.append(try Self.rule(line, number: index + 1))
      guard rules.count <= Self.maximumRules else {
        throw RuleTableError(line: index + 1, problem: "more than \(Self.maximumRules) rules")
      }
    }
    self.rules = rules
  }

  /// The first rule that matches a sentence; nil when none does.
  public func firstMatch(_ sentence: ArraySlice<UInt8>) -> CaptionRule? {
    rules.first { $0.pattern.matches(sentence) }
  }

  /// FNV-1a of all rules in order: changes when any verdict could.
  public var digest: UInt64 {
    rules.reduce(ByteHash.fnv1a([])) { digest, rule in
      ByteHash.fnv1a("\(rule.effect.rawValue) \(rule.pattern.text)\n".utf8, continuing: digest)
    }
  }

  private static func rule(_ line: Substring, number: Int) throws(RuleTableError) -> CaptionRule {
    let fields = line.split(separator: " ", maxSplits: 2)
    guard fields.count == 3 else {
      throw RuleTableError(line: number, problem: "expected effect, category and pattern")
    }
    guard fields[0].count == 1, let effect = fields[0].first.flatMap(CaptionRule.Effect.init(rawValue:)) else {
      throw RuleTableError(line: number, problem: "effect \"\(fields[0])\" is not one of 1, 0 and !")
    }
    let text = fields[2].drop { $0 == " " }
    guard let pattern = CaptionPattern(String(text)) else {
      throw RuleTableError(line: number, problem: "pattern \"\(text)\" has a brace outside {number} and {letter}")
    }
    return CaptionRule(effect: effect, category: String(fields[1]), pattern: pattern)
  }
}

/// One line of a rule table.
public struct CaptionRule: Sendable, Hashable {
  /// What a sentence says about the caption it stands in. Raw values are the table's signs.
  public enum Effect: Character, Sendable, Hashable, CaseIterable {
    /// Progress.
    case progress = "1"
    /// Known, and no progress.
    case nothing = "0"
    /// No progress, whatever else the caption says: a murder among kills, a prompt that echoes what is typed.
    case veto = "!"
  }

  public let effect: Effect
  /// One word that says what kind of event it is: "kill", "refuse". For people and reports.
  public let category: String
  public let pattern: CaptionPattern
}

/// Why a rule table cannot be read.
public struct RuleTableError: Error, CustomStringConvertible, Sendable, Hashable {
  /// From 1.
  public let line: Int
  public let problem: String

  public var description: String { "rule table, line \(line): \(problem)" }
}
