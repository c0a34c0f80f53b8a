/// What a measurement says about a bar that was set before it: the interval decides, not the mean.
public enum BarVerdict: String, Sendable, Hashable, CaseIterable {
  /// The whole interval reaches the bar.
  case passed
  /// The whole interval misses it.
  case failed
  /// The interval holds the bar: more seeds or messages would decide.
  case undecided

  /// The verdict about a number that has to be `bar` or more.
  public init(_ interval: ConfidenceInterval, atLeast bar: Double) {
    self = interval.lower >= bar ? .passed : interval.upper < bar ? .failed : .undecided
  }

  /// The verdict about a number that has to be `bar` or less.
  public init(_ interval: ConfidenceInterval, atMost bar: Double) {
    self = interval.upper <= bar ? .passed : interval.lower > bar ? .failed : .undecided
  }

  /// The verdict about several requirements together: failed if one is, passed if all are.
  public init?(_ parts: some Sequence<BarVerdict>) {
    let parts = Set(parts)
    guard !parts.isEmpty else { return nil }
    self = parts.contains(.failed) ? .failed : parts.contains(.undecided) ? .undecided : .passed
  }
}
