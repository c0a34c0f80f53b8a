/// `[telemetry]`: how often the run reports.
public struct TelemetrySection: Sendable, Hashable {
  public var intervalSeconds = 5.0
  /// Environment steps between records beside those by time; 0 = by time alone.
  public var intervalSteps = 0
  /// Episodes in the window of the return mean.
  public var episodes = 100

  public init() {}
}
