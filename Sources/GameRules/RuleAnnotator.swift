import Captions

/// Labels captions by a table of rules, without model or network.
///
/// It abstains from a caption with a sentence that no rule matches, unless another sentence decides. Use it for runs on
/// one machine, for tests, and as the baseline for language models.
public struct RuleAnnotator: CaptionAnnotator, Sendable {
  public let kind = "rules"
  /// The table's digest in hexadecimal.
  public let version: String
  public let table: RuleTable

  public init(table: RuleTable = .netHack) {
    self.table = table
    version = String(table.digest, radix: 16)
  }

  /// A veto has priority over progress, and progress over nothing; the caption counts as nothing only if every sentence
  /// is known. A prompt is a veto, and a question that no rule knows says nothing.
  public func annotate(_ caption: [UInt8]) -> Verdict {
    var effects: Set<CaptionRule.Effect> = []
    var isKnown = true
    for text in CaptionText.sentences(caption) {
      let sentence = Sentence(text)
      if sentence.isPrompt {
        effects.insert(.veto)
      } else if let rule = table.firstMatch(sentence) {
        effects.insert(rule.effect)
      } else if sentence.isQuestion {
        effects.insert(.nothing)
      } else {
        isKnown = false
      }
    }
    if effects.contains(.veto) { return .label(0) }
    if effects.contains(.progress) { return .label(1) }
    return isKnown && !effects.isEmpty ? .label(0) : .abstain
  }
}
