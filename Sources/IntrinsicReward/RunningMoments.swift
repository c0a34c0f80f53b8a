/// Mean and variance of a stream, merged batch by batch with the parallel formula of Chan, Golub and LeVeque (1979).
///
/// With `decay` below 1 every merge first shrinks the weight of what came before, so that the moments follow a stream that
/// changes. The struct is its own saved state.
public struct RunningMoments: Sendable, Hashable, Codable {
  /// Weight of the values seen; their number when `decay` is 1.
  public private(set) var count = 0.0
  public private(set) var mean = 0.0
  /// Sum of squared deviations from `mean`.
  public private(set) var squaredDeviations = 0.0
  /// What the weight of earlier values is multiplied by before each merge, in 0 ... 1.
  public let decay: Double

  public init(decay: Double = 1) {
    precondition((0...1).contains(decay), "decay \(decay) is outside 0 ... 1")
    self.decay = decay
  }

  /// Population variance, or nil before the first value.
  public var variance: Double? { count > 0 ? squaredDeviations / count : nil }
  /// Square root of `variance`.
  public var deviation: Double? { variance?.squareRoot() }

  /// Merges a batch. Values that are not finite are left out, since one of them would spoil the moments for good.
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

  /// Merges the moments of a batch: its number of values (> 0), mean and sum of squared deviations.
  public mutating func merge(count batchCount: Double, mean batchMean: Double, squaredDeviations deviations: Double) {
    let before = count * decay
    let total = before + batchCount
    let difference = batchMean - mean
    squaredDeviations = squaredDeviations * decay + deviations + difference * difference * before * batchCount / total
    mean += difference * batchCount / total
    count = total
  }
}
