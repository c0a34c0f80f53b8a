/// What a sample comes to: how many values, their mean and interquartile mean, and how sure both are.
public struct Summary: Sendable, Equatable, Codable {
  public let count: Int
  public let mean: Double
  public let interquartileMean: Double
  /// nil where there are too few values to tell.
  public let meanInterval: ConfidenceInterval?
  public let interquartileMeanInterval: ConfidenceInterval?

  /// - Returns: nil for no values.
  public init?(_ values: [Double], bootstrap: Bootstrap = Bootstrap()) {
    self.init(tasks: [values], bootstrap: bootstrap)
  }

  /// Of the pooled values of several tasks, the intervals stratified by task.
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
