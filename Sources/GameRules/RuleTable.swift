import Runtime

/// An ordered list of rules for the sentences of captions, with the word classes that they use.
///
/// The first matching rule decides on a sentence.
///
/// Text format: one rule or class per line, fields separated by spaces; empty lines and lines that start with `#` are
/// ignored. A class may be extended by a later line and have the words of another class; it must be complete before the
/// first line that uses it:
///
///     class slay kill destroy
///     1 kill you {slay} {np}
public struct RuleTable: Sendable, Hashable {
  /// Maximum length of a table, because every sentence is matched with every rule.
  public static let maximumRules = 10_000

  public let rules: [CaptionRule]

  /// Reads a table.
  /// - Throws: an error with the number of the line that cannot be read.
  public init(_ text: String) throws(RuleTableError) {
    var rules: [CaptionRule] = []
    var lexicon: [String: Set<String>] = [:]
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      if line.allSatisfy({ $0 == " " }) || line.hasPrefix("#") { continue }
      let fields = line.split(separator: " ")
      if fields[0] == "class" {
        guard fields.count > 2 else { throw RuleTableError(line: index + 1, problem: "a class has a name and words") }
        lexicon[String(fields[1]), default: []].formUnion(try Self.words(fields.dropFirst(2), lexicon, index + 1))
        continue
      }
      rules.append(try Self.rule(fields, lexicon, number: index + 1))
      guard rules.count <= Self.maximumRules else {
        throw RuleTableError(line: index + 1, problem: "more than \(Self.maximumRules) rules")
      }
    }
    self.rules = rules
    digest = Self.digest(of: text)
  }

  /// The first rule that matches a sentence; nil if none does.
  func firstMatch(_ sentence: Sentence) -> CaptionRule? {
    rules.first { rule in
      // No sentence of the game's own that reports progress has such a mark.
      (rule.effect != .progress || !sentence.hasInnerMark) && rule.pattern.matches(sentence)
    }
  }

  /// 64-bit FNV-1a of all classes and rules in order. It changes whenever a verdict could change.
  public let digest: UInt64

  private static func digest(of text: String) -> UInt64 {
    text.split(separator: "\n").reduce(ByteHash.fnv1a([])) { digest, line in
      let fields = line.split(separator: " ")
      guard let first = fields.first, !first.hasPrefix("#") else { return digest }
      // The category of a rule is for reports only.
      let deciding = first == "class" ? fields : [first] + fields.dropFirst(2)
      return ByteHash.fnv1a("\(deciding.joined(separator: " "))\n".utf8, continuing: digest)
    }
  }

  /// The words of a class, which may name other classes.
  private static func words(
    _ fields: some Sequence<Substring>, _ lexicon: [String: Set<String>], _ line: Int
  ) throws(RuleTableError) -> Set<String> {
    var words: Set<String> = []
    for field in fields {
      guard field.hasPrefix("{"), field.hasSuffix("}") else {
        words.insert(String(field))
        continue
      }
      guard let members = lexicon[String(field.dropFirst().dropLast())] else {
        throw RuleTableError(line: line, problem: "no class is called \(field)")
      }
      words.formUnion(members)
    }
    return words
  }

  private static func rule(
    _ fields: [Substring], _ lexicon: [String: Set<String>], number: Int
  ) throws(RuleTableError) -> CaptionRule {
    guard fields.count >= 3 else {
      throw RuleTableError(line: number, problem: "expected effect, category and pattern")
    }
    guard fields[0].count == 1, let effect = fields[0].first.flatMap(CaptionRule.Effect.init(rawValue:)) else {
      throw RuleTableError(line: number, problem: "effect \"\(fields[0])\" is not one of 1, 0, ! and -")
    }
    do throws(SentencePatternError) {
      let pattern = try SentencePattern(fields.dropFirst(2).joined(separator: " "), lexicon: lexicon)
      return CaptionRule(effect: effect, category: String(fields[1]), pattern: pattern)
    } catch {
      throw RuleTableError(line: number, problem: error.problem)
    }
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
    /// Says nothing alone and leaves the verdict to the other sentences: "Ouch!"
    case silent = "-"
  }

  public let effect: Effect
  /// The kind of event in one word, for reports: "kill", "refuse".
  public let category: String
  public let pattern: SentencePattern
}

/// Why a rule table cannot be read.
public struct RuleTableError: Error, CustomStringConvertible, Sendable, Hashable {
  /// From 1.
  public let line: Int
  public let problem: String

  public var description: String { "rule table, line \(line): \(problem)" }
}
