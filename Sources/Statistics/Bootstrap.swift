import Runtime

/// The range that contains a statistic with the probability that the caller chose.
public struct ConfidenceInterval: Sendable, Hashable, Codable {
  public let lower: Double
  public let upper: Double

  public init(lower: Double, upper: Double) {
    self.lower = lower
    self.upper = upper
  }

  public func contains(_ value: Double) -> Bool { lower <= value && value <= upper }
}

/// Confidence intervals by the percentile bootstrap (Efron 1979): draw samples of the same size with replacement, compute
/// the statistic of each, and take the range of the middle ones.
///
/// If several tasks are pooled, each task is resampled separately, so that every draw has the same number of runs of each
/// (stratified, as in Agarwal et al. 2021, "Deep Reinforcement Learning at the Edge of the Statistical Precipice").
/// With few runs the intervals are too narrow: five runs cannot show the variation that they do not contain.
public struct Bootstrap: Sendable {
  /// Number of draws.
  public var resamples: Int
  /// Probability that the interval is meant to contain the statistic, in 0 ..< 1.
  public var level: Double
  /// The same seed and sample give the same interval.
  public var seed: UInt64

  public init(resamples: Int = 5000, level: Double = 0.95, seed: UInt64 = 1) {
    precondition(resamples > 0, "a bootstrap needs at least one draw")
    precondition(level > 0 && level < 1, "a confidence level is between 0 and 1, not \(level)")
    self.resamples = resamples
    self.level = level
    self.seed = seed
  }

  /// The interval of a statistic of one sample.
  /// - Returns: nil for fewer than two values, which show no variation.
  public func interval(of statistic: Statistic, _ values: [Double]) -> ConfidenceInterval? {
    interval(of: statistic, tasks: [values])
  }

  /// The interval of a statistic of the pooled values of several tasks.
  /// - Parameter tasks: the values of each task; all finite.
  /// - Returns: nil unless at least one task has two or more values.
  public func interval(of statistic: Statistic, tasks: [[Double]]) -> ConfidenceInterval? {
    guard tasks.contains(where: { $0.count > 1 }) else { return nil }
    var generator = RandomGenerator(seed: seed)
    return interval(tasks, using: &generator) { statistic.value(of: $0) }
  }

  /// The interval of any measure of one sample, with the caller's generator instead of `seed`.
  /// - Parameter measure: returns nil if a draw does not allow the measure; that draw is ignored.
  /// - Returns: nil if no draw allowed the measure.
  public func interval<Element>(
    of sample: [Element], using generator: inout RandomGenerator, measure: ([Element]) -> Double?
  ) -> ConfidenceInterval? {
    interval([sample], using: &generator, measure: measure)
  }

  private func interval<Element>(
    _ tasks: [[Element]], using generator: inout RandomGenerator, measure: ([Element]) -> Double?
  ) -> ConfidenceInterval? {
    guard tasks.contains(where: { !$0.isEmpty }) else { return nil }
    var draw: [Element] = []
    draw.reserveCapacity(tasks.reduce(0) { $0 + $1.count })
    var measures: [Double] = []
    measures.reserveCapacity(resamples)
    for _ in 0..<resamples {
      draw.removeAll(keepingCapacity: true)
      for task in tasks {
        for _ in task { draw.append(task[generator.below(task.count)]) }
      }
      if let value = measure(draw) { measures.append(value) }
    }
    measures.sort()
    let tail = (1 - level) / 2
    guard let lower = Quantile.interpolated(tail, ofSorted: measures),
      let upper = Quantile.interpolated(1 - tail, ofSorted: measures)
    else { return nil }
    return ConfidenceInterval(lower: lower, upper: upper)
  }
}

/// Size, mean and interquartile mean of a sample, each mean with its confidence interval.
public struct Summary: Sendable, Equatable, Codable {
  public let count: Int
  public let mean: Double
  public let interquartileMean: Double
  /// nil if there are fewer than two values.
  public let meanInterval: ConfidenceInterval?
  public let interquartileMeanInterval: ConfidenceInterval?

  /// - Returns: nil for no values.
  public init?(_ values: [Double], bootstrap: Bootstrap = Bootstrap()) {
    self.init(tasks: [values], bootstrap: bootstrap)
  }

  /// Summarises the pooled values of several tasks; the intervals are stratified by task.
  /// - Returns: nil for no values.
  public init?(tasks: [[Double]], bootstrap: Bootstrap = Bootstrap()) {
    let values = tasks.flatMap { $0 }
    guard let mean = Statistic.mean.value(of: values), let middle = Statistic.interquartileMean.value(of: values) else {
      return nil
    }
    count = values.count
    self.mean = mean
    interquartileMean = middle
    meanInterval = bootstrap.interval(of: .mean, tasks: tasks)
    interquartileMeanInterval = bootstrap.interval(of: .interquartileMean, tasks: tasks)
  }
}
