import Captions

/// A preference with what it rests on.
public struct PairJudgement: Sendable, Hashable {
  /// nil where there is no readable answer; that is not a tie.
  public var preference: Preference?
  /// Of both questions together; with no samples where none was asked.
  public var evidence: LabelEvidence

  public init(_ preference: Preference?, evidence: LabelEvidence) {
    self.preference = preference
    self.evidence = evidence
  }
}
