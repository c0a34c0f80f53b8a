import Captions

/// Labels captions by a table of patterns: no model, no network, the same answer every time.
///
/// A caption with a sentence that no rule knows is abstained from, unless another sentence decides. For runs on one
/// machine, for tests, and as the yardstick for language models.
public struct RuleAnnotator: CaptionAnnotator, Sendable {
  public let kind = "rules"
  /// The table's digest in hexadecimal.
  public let version: String
  public let table: RuleTable

  public init(table: RuleTable = .netHack) {
    self.table = table
    version = String(table.digest, radix: 16)
  }

  public func annotate(_ caption: [UInt8]) -> Verdict {
    var effects: Set<CaptionRule.Effect> = []
    var isKnown = true
    for sentence in CaptionText.sentences(caption) {
      if let rule = table.firstMatch(sentence) {
        effects.insert(rule.effect)
      } else {
        isKnown = false
      }
    }
    if effects.contains(.veto) { return .label(0) }
    if effects.contains(.progress) { return .label(1) }
    return isKnown && effects.contains(.nothing) ? .label(0) : .abstain
  }

  /// The rule that decides on each sentence of a caption, nil where none does; for people who tune a table.
  public func explanation(of caption: [UInt8]) -> [(sentence: String, rule: CaptionRule?)] {
    CaptionText.sentences(caption).map { (String(decoding: $0, as: UTF8.self), table.firstMatch($0)) }
  }
}
