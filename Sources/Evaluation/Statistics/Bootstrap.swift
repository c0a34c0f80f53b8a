import Tensor

/// Confidence intervals by the percentile bootstrap: the sample is drawn from again, with replacement and as large as it
/// is, and the interval is what the middle of the statistics of those draws spans (Efron 1979).
///
/// Where several tasks are pooled, each task is drawn from by itself, so that every draw has as many runs of each
/// (stratified, as in Agarwal et al. 2021, "Deep Reinforcement Learning at the Edge of the Statistical Precipice").
/// With few runs the intervals are too narrow: five runs cannot say more than five runs know.
public struct Bootstrap: Sendable {
  /// Draws from the sample.
  public var resamples: Int
  /// Share of cases the interval is to cover.
  public var level: Double
  /// The same seed and sample give the same interval.
  public var seed: UInt64

  public init(resamples: Int = 5000, level: Double = 0.95, seed: UInt64 = 1) {
    precondition(resamples > 0, "an interval needs a draw")
    precondition(level > 0 && level < 1, "a level of confidence is between 0 and 1")
    self.resamples = resamples
    self.level = level
    self.seed = seed
  }

  /// The interval of a statistic of one sample.
  /// - Returns: nil for fewer than two values, which say nothing of how far they vary.
  public func interval(of statistic: Statistic, _ values: [Double]) -> ConfidenceInterval? {
    interval(of: statistic, tasks: [values])
  }

  /// The interval of a statistic of the pooled values of several tasks.
  /// - Parameter tasks: each task's values; all finite.
  /// - Returns: nil unless some task has two values or more.
  public func interval(of statistic: Statistic, tasks: [[Double]]) -> ConfidenceInterval? {
    guard tasks.contains(where: { $0.count > 1 }) else { return nil }
    var generator = RandomGenerator(seed: seed)
    var draw: [Double] = []
    draw.reserveCapacity(tasks.reduce(0) { $0 + $1.count })
    var statistics: [Double] = []
    statistics.reserveCapacity(resamples)
    for _ in 0..<resamples {
      draw.removeAll(keepingCapacity: true)
      for values in tasks {
        for _ in values { draw.append(values[generator.below(values.count)]) }
      }
      if let value = statistic.value(of: draw) { statistics.append(value) }
    }
    statistics.sort()
    let tail = (1 - level) / 2
    guard let lower = Statistic.quantile(tail, ofSorted: statistics),
      let upper = Statistic.quantile(1 - tail, ofSorted: statistics)
    else { return nil }
    return ConfidenceInterval(lower: lower, upper: upper)
  }
}
