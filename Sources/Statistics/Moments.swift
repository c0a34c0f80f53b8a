import Runtime

/// Count, mean and squared deviations of a set of values. The moments of parts merge into the moments of the whole (Chan,
/// Golub and LeVeque 1979). A value that is not a number makes them NaN, so that the caller notices it.
public struct Moments: Sendable, Hashable {
  /// Number of values.
  public var count = 0
  public var mean = 0.0
  /// Sum of squared deviations from the mean.
  public var squaredDeviations = 0.0

  public init() {}

  /// The moments of `value(0)` to `value(count - 1)`, in two passes.
  @inlinable public init(count: Int, of value: (Int) -> Double) {
    self.init()
    self.count = count
    guard count > 0 else { return }
    var sum = 0.0
    for index in 0..<count { sum += value(index) }
    mean = sum / Double(count)
    for index in 0..<count {
      let difference = value(index) - mean
      squaredDeviations += difference * difference
    }
  }

  /// Population variance; 0 without values.
  public var variance: Double { count > 0 ? squaredDeviations / Double(count) : 0 }

  public static func += (sum: inout Moments, other: Moments) {
    guard other.count > 0 else { return }
    let total = Double(sum.count + other.count)
    let difference = other.mean - sum.mean
    sum.squaredDeviations +=
      other.squaredDeviations + difference * difference * Double(sum.count) * Double(other.count) / total
    sum.mean += difference * Double(other.count) / total
    sum.count += other.count
  }
}

/// Mean and variance of a stream, merged batch by batch (Chan, Golub and LeVeque 1979).
///
/// If `decay` is below 1, every merge first multiplies the weight of the earlier values by it, so that the moments follow a
/// stream that changes. The struct is also the saved state. Values that are not finite are ignored.
public struct RunningMoments: Sendable, Hashable, Codable, ForeignNumbers {
  /// Weight of the values seen; their number if `decay` is 1.
  public private(set) var count = 0.0
  public private(set) var mean = 0.0
  /// Weighted sum of squared deviations from `mean`.
  public private(set) var squaredDeviations = 0.0
  /// The factor of the earlier values' weight at each merge, in 0 ... 1.
  public let decay: Double

  public init(decay: Double = 1) {
    precondition((0...1).contains(decay), "decay \(decay) is outside 0 ... 1")
    self.decay = decay
  }

  /// The moments of another learner's values, as it has counted them.
  public init(count: Double, mean: Double, squaredDeviations: Double) {
    self.init()
    (self.count, self.mean, self.squaredDeviations) = (count, mean, squaredDeviations)
  }

  /// Population variance; nil before the first value.
  public var variance: Double? { count > 0 ? squaredDeviations / count : nil }
  /// Square root of `variance`.
  public var deviation: Double? { variance?.squareRoot() }

  public func checkNumbers() throws(ForeignNumberError) {
    guard count >= 0, squaredDeviations >= 0, (0...1).contains(decay) else {
      throw ForeignNumberError("moments of \(count) values with squares of \(squaredDeviations) and decay \(decay)")
    }
  }

  /// Merges a batch. Ignores values that are not finite, because one of them would make all later moments useless.
  public mutating func merge(_ values: UnsafeBufferPointer<Float>) {
    var batchCount = 0.0
    var sum = 0.0
    for value in values where value.isFinite {
      batchCount += 1
      sum += Double(value)
    }
    guard batchCount > 0 else { return }
    let batchMean = sum / batchCount
    var deviations = 0.0
    for value in values where value.isFinite {
      let difference = Double(value) - batchMean
      deviations += difference * difference
    }
    merge(count: batchCount, mean: batchMean, squaredDeviations: deviations)
  }

  /// Merges the moments of a batch: its number of values (above 0), mean and sum of squared deviations.
  public mutating func merge(count batchCount: Double, mean batchMean: Double, squaredDeviations deviations: Double) {
    let before = count * decay
    let total = before + batchCount
    let difference = batchMean - mean
    squaredDeviations = squaredDeviations * decay + deviations + difference * difference * before * batchCount / total
    mean += difference * batchCount / total
    count = total
  }

  /// The moments of both streams together. Nothing is forgotten, and both keep the weights that they have.
  public func together(with other: RunningMoments) -> RunningMoments {
    guard other.count > 0 else { return self }
    var both = self
    let total = count + other.count
    let difference = other.mean - mean
    both.squaredDeviations += other.squaredDeviations + difference * difference * count * other.count / total
    both.mean += difference * other.count / total
    both.count = total
    return both
  }
}
