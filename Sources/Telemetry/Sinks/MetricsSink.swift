/// What a run publishes at one instant.
public struct MetricsSample: Sendable {
  /// A label that an annotator gave.
  public struct Label: Sendable, Hashable, Codable {
    /// The caption, without control characters.
    public let caption: String
    /// What it is worth, 0 to 1.
    public let value: Float

    public init(caption: String, value: Float) {
      self.caption = caption
      self.value = value
    }
  }

  public var record: MetricsRecord
  /// Undiscounted extrinsic returns of the episodes that ended since the sample before.
  public var episodeReturns: [Double]
  /// The newest labels, the newest last.
  public var labels: [Label]
  /// The newest evaluated episode, once; nil if there is no new one.
  public var picture: EncodedPicture?

  public init(_ record: MetricsRecord, episodeReturns: [Double] = [], labels: [Label] = []) {
    self.record = record
    self.episodeReturns = episodeReturns
    self.labels = labels
  }
}

/// Where a run's metrics go: a file of JSON lines, a TensorBoard event file, an HTTP endpoint.
///
/// A sink cannot fail its caller. It says once that it does not work and once that it works again, counts its failures,
/// and the run continues.
public protocol MetricsSink: Sendable {
  /// Publishes a sample.
  /// - Parameter now: monotonic seconds.
  /// - Returns: a line to log, if the sink does not work from now on, or works again.
  func write(_ sample: MetricsSample, now: Double) -> String?

  /// Makes a last attempt to publish what waits, as at the end of a run, and releases what the sink holds.
  /// - Returns: how many samples are missing.
  func close(now: Double) -> Int

  /// Attempts that failed since the start.
  var failures: Int { get }
}

extension MetricsFile: MetricsSink {
  public func write(_ sample: MetricsSample, now: Double) -> String? {
    let record = sample.record
    return write(time: record.time, step: record.step, values: record.values, facts: record.facts, now: now)
  }

  public func close(now: Double) -> Int { flush(now: now) }
}
