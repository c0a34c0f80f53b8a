import Statistics

/// One number of a benchmark: the median of its rounds. It may be compared with another program or variant that was
/// measured in the same rounds, and given as a share of what the machine allows.
///
/// A value that is compared is a rate, so more is better, and `ratio` says how many times faster it is.
public struct Measurement: Codable, Sendable, Hashable {
  /// What the value is compared with.
  public struct Comparison: Codable, Sendable, Hashable {
    public var name: String
    /// Median of `rounds`, in the unit of the measurement.
    public var value: Double
    public var rounds: [Double]
    /// Median of the ratios of all rounds. Both sides of a round meet the same load of the machine.
    public var ratio: Double
  }

  /// The value as a share of a limit.
  public struct Share: Codable, Sendable, Hashable {
    /// Name of the limit, such as "peak".
    public var of: String
    /// The share, 0 ... 1.
    public var value: Double
  }

  /// The benchmark that made the measurement, such as "kernels".
  public var group: String
  /// Unique in its group.
  public var name: String
  public var unit: String
  /// Median of `rounds`; nil if nothing was measured.
  public var value: Double?
  public var rounds: [Double]
  public var comparison: Comparison?
  public var share: Share?
  /// Why the value, or what it is compared with, was not measured.
  public var skipped: String?

  public init(_ group: String, _ name: String, unit: String, rounds: [Double]) {
    self.group = group
    self.name = name
    self.unit = unit
    self.rounds = rounds
    value = rounds.isEmpty ? nil : median(rounds)
  }

  /// A measurement that this machine or this build cannot make.
  public init(_ group: String, _ name: String, unit: String, skipped: String) {
    self.init(group, name, unit: unit, rounds: [])
    self.skipped = skipped
  }

  /// Sets `comparison`. `theirs` has as many rounds as the measurement.
  public mutating func compare(with name: String, rounds theirs: [Double]) {
    precondition(rounds.count == theirs.count && !theirs.isEmpty, "\(rounds.count) rounds against \(theirs.count)")
    comparison = Comparison(
      name: name, value: median(theirs), rounds: theirs, ratio: median(zip(rounds, theirs).map { $0 / $1 }))
  }

  /// "group/name", which scripts/bench/thresholds.json refers to.
  public var identifier: String { "\(group)/\(name)" }
}

/// Median of at least one value.
func median(_ values: [Double]) -> Double {
  guard let median = Quantile.interpolated(0.5, ofSorted: values.sorted()) else {
    preconditionFailure("no values to take the median of")
  }
  return median
}
