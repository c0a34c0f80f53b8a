import Captions

/// What became of the captions an annotator took: `asked == labelled + abstained + returned + inFlight` at all times.
public struct JudgingStatistics: Sendable, Hashable {
  public internal(set) var asked = 0
  public internal(set) var labelled = 0
  public internal(set) var abstained = 0
  /// Given back without a judgement.
  public internal(set) var returned = 0
  public internal(set) var inFlight = 0
  /// Tokens of all requests and answers that labels and abstentions rest on.
  public internal(set) var tokens = 0

  /// Counts the end of one caption; nil: it was not judged.
  mutating func settle(_ judgement: Judgement?) {
    inFlight -= 1
    guard let judgement else {
      returned += 1
      return
    }
    if case .label = judgement.verdict { labelled += 1 } else { abstained += 1 }
    if let evidence = judgement.evidence { tokens += evidence.promptTokens + evidence.answerTokens }
  }
}
