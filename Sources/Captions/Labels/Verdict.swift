/// What an annotator says of one caption.
public enum Verdict: Sendable, Hashable {
  /// The caption's label: 1 for progress, 0 for everything else, unless an oracle uses the range between.
  case label(Float)
  /// No readable answer. Never a label of 0: an unknown caption earns nothing because it is unknown.
  case abstain
}
