import Telemetry

/// What `tengu status --watch` shows besides the counters: curves of the session, phases, labels and events.
public struct RunView: Codable, Sendable {
  /// The run at one log line.
  public struct Point: Codable, Sendable {
    /// Since the learner started.
    public var seconds: Double
    public var steps: Int
    public var stepsPerSecond: Double?
    /// Mean return of the latest episodes.
    public var returnMean: Double?
    /// Mean policy lag of the last batch, in versions.
    public var policyLag: Double?
    /// Full batches that wait for the trainer.
    public var queueBatches: Int
  }

  /// Points of the curves at most.
  static let maximumPoints = 128
  /// Events at most.
  static let maximumEvents = 12

  /// Since the learner started.
  public var seconds: Double
  public var episodes: Int
  public var lengthMean: Double?
  /// Share of the latest episodes that reached their task's goal.
  public var successRate: Double?
  public var labelsPerSecond: Double?
  /// Oldest first; the last point is the newest log line.
  public var points: [Point]
  /// nil before the first log line.
  public var phases: RunPhases?
  /// The newest labels, the newest last.
  public var labels: [MetricsSample.Label]
  /// The newest lines of the log, without its regular lines; the newest last.
  public var events: [String]
  /// nil without evaluations, and from a learner of an earlier version.
  public var evaluation: EvaluationView?
}
