/// A verdict with what it rests on.
public struct Judgement: Sendable, Hashable {
  public var verdict: Verdict
  /// Log-odds that the caption means progress; NaN where the annotator gives none. Kept beside the label because
  /// preferences and thresholds come from it.
  public var logOdds: Float
  /// nil for annotators that ask nobody.
  public var evidence: LabelEvidence?

  public init(_ verdict: Verdict, logOdds: Float = .nan, evidence: LabelEvidence? = nil) {
    self.verdict = verdict
    self.logOdds = logOdds
    self.evidence = evidence
  }
}
