import Runtime

/// An ordered list of rules for the sentences of captions.
///
/// The first matching rule decides on a sentence. For the caption a veto has priority over progress, and progress over
/// nothing; the caption counts as nothing only if a rule matches every sentence.
///
/// Text format: one rule per line, fields separated by spaces; empty lines and lines that start with `#` are ignored:
///
///     effect category pattern
///     1      kill     You kill the *!
public struct RuleTable: Sendable, Hashable {
  /// Maximum length of a table, because every sentence is matched with every rule.
  public static let maximumRules = 10_000

  public let rules: [CaptionRule]

  /// Reads a table.
  /// - Throws: an error with the number of the line that cannot be read.
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

  /// The first rule that matches a sentence; nil if none does.
  public func firstMatch(_ sentence: ArraySlice<UInt8>) -> CaptionRule? {
    rules.first { $0.pattern.matches(sentence) }
  }

  /// 64-bit FNV-1a of all rules in order. It changes whenever a verdict could change.
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
  /// What a sentence says about its caption. The raw values are the signs of the table.
  public enum Effect: Character, Sendable, Hashable, CaseIterable {
    /// Progress.
    case progress = "1"
    /// A known message that means no progress.
    case nothing = "0"
    /// No progress, whatever the other sentences say: a murder among kills, or a prompt that echoes typed text.
    case veto = "!"
  }

  public let effect: Effect
  /// The kind of event in one word, for reports: "kill", "refuse".
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
