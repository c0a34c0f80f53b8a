/// What an annotator says of two captions. Raw values are the label store's.
public enum PairVerdict: Int, Sendable, Hashable, CaseIterable {
  /// No readable answer; never a tie.
  case abstain = 0
  case first = 1
  case second = 2
  /// Neither is better.
  case tie = 3
}
