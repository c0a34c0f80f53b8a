/// One number of a benchmark: the median of its rounds, and where there is one the yardstick measured in between.
///
/// A value that stands beside a yardstick is a rate, so that more is better and `ratio` is how many times faster it is.
public struct Measurement: Codable, Sendable, Hashable {
  /// What was measured in turn with it, round by round.
  public struct Beside: Codable, Sendable, Hashable {
    public var name: String
    /// In the measurement's unit: the median of `rounds`.
    public var value: Double
    public var rounds: [Double]
    /// The median of the ratios of all rounds: neighbours in time meet the same moods of the machine.
    public var ratio: Double
  }

  /// A value as a part of what the machine allows.
  public struct Share: Codable, Sendable, Hashable {
    public var of: String
    /// From 0 to 1.
    public var value: Double
  }

  /// The benchmark it belongs to, such as "kernels".
  public var group: String
  /// Unique in its group.
  public var name: String
  public var unit: String
  /// The median of `rounds`, or nil if nothing was measured.
  public var value: Double?
  public var rounds: [Double]
  public var beside: Beside?
  public var share: Share?
  /// Why it, or its yardstick, was not measured.
  public var skipped: String?

  public init(_ group: String, _ name: String, unit: String, rounds: [Double]) {
    self.group = group
    self.name = name
    self.unit = unit
    self.rounds = rounds
    value = rounds.isEmpty ? nil : median(rounds)
  }

  /// What cannot be measured on this machine or with this build.
  public init(_ group: String, _ name: String, unit: String, skipped: String) {
    self.init(group, name, unit: unit, rounds: [])
    self.skipped = skipped
  }

  /// Sets the yardstick, which has as many rounds as the measurement.
  public mutating func setBeside(_ name: String, rounds theirs: [Double]) {
    precondition(rounds.count == theirs.count && !theirs.isEmpty, "\(theirs.count) rounds beside \(rounds.count)")
    beside = Beside(
      name: name, value: median(theirs), rounds: theirs, ratio: median(zip(rounds, theirs).map { $0 / $1 }))
  }

  /// "group/name", by which a bar names it.
  public var identifier: String { "\(group)/\(name)" }
}

/// The middle of `values`, or the mean of the two in the middle.
public func median(_ values: [Double]) -> Double {
  precondition(!values.isEmpty, "the median of nothing")
  let sorted = values.sorted()
  let middle = sorted.count / 2
  return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
