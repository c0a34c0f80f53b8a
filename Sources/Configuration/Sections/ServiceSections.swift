/// `[transport]`: the learner's port, message sizes and the detection of silent peers.
public struct TransportSection: Sendable, Hashable {
  /// How trajectories are sent.
  public enum Compression: String, Sendable, CaseIterable {
    /// Compressed by workers whose learner is on another machine.
    case auto
    case none, zstd

    /// Whether a worker compresses for a learner whose address is on the worker's own machine or not.
    public func applies(onLoopback: Bool) -> Bool { self == .zstd || self == .auto && !onLoopback }
  }

  /// HOST:PORT that the learner binds; port 0 = any free port.
  public var listen = "127.0.0.1:0"
  public var heartbeatSeconds = 1.0
  /// Missed heartbeats after which a peer is considered gone.
  public var liveness = 3
  public var maximumMessageMegabytes = 64
  /// Whether workers compress their trajectories.
  public var compression = Compression.auto

  public init() {}

  static let fields: [SectionField<TransportSection>] = [
    .text(
      "listen", \.listen, .address,
      "HOST:PORT that the learner binds. Port 0 takes any free port. A host other than loopback needs keys."),
    .real(
      "heartbeat_seconds", \.heartbeatSeconds, 0.01...3600,
      "Seconds between the heartbeats of a peer that sends nothing else."),
    .integer(
      "liveness", \.liveness, 2...1000,
      "Number of missed heartbeats after which a peer is considered gone."),
    .integer(
      "maximum_message_megabytes", \.maximumMessageMegabytes, 1...2048,
      "Largest message that the learner and its peers accept, in MiB. An unroll and a policy snapshot must fit."),
    .choice(
      "compression", \.compression,
      "How workers send trajectories. \"auto\" compresses them if the learner is on another machine."),
  ]
}

/// `[checkpoint]`: how often the learner saves the run's state, and how many saves it keeps.
public struct CheckpointSection: Sendable, Hashable {
  public var intervalSeconds = 300.0
  /// Trained environment steps between checkpoints; 0 = by time.
  public var intervalSteps = 0
  public var keep = 3

  public init() {}

  static let fields: [SectionField<CheckpointSection>] = [
    .real(
      "interval_seconds", \.intervalSeconds, Bound.positiveSeconds,
      "Seconds between checkpoints. Used only when interval_steps is 0."),
    .integer(
      "interval_steps", \.intervalSteps, 0...1_000_000_000_000,
      "Environment steps trained on between checkpoints, instead of seconds. In `tengu serial` every checkpoint then "
        + "begins new episodes, and a run that was killed and resumed equals one that was not, bit for bit. 0: by time."
    ),
    .integer(
      "keep", \.keep, 1...10_000,
      "Number of checkpoints kept, newest first. With 2 or more, the run can resume from the previous one if the "
        + "newest is damaged."),
  ]
}

/// `[telemetry]`: how often the run reports, and where its metrics go.
public struct TelemetrySection: Sendable, Hashable {
  public var intervalSeconds = 5.0
  /// Environment steps between records, in addition to those by time; 0 = by time alone.
  public var intervalSteps = 0
  /// Episodes in the window of the mean return.
  public var episodes = 100
  /// Whether a TensorBoard event file is written.
  public var tensorboard = false
  /// HOST:PORT of the HTTP endpoint for metrics; empty = none.
  public var prometheus = ""
  /// Whether other machines may read the endpoint.
  public var prometheusBeyondLoopback = false
  /// Address of an OpenTelemetry collector's metrics; empty = none.
  public var otlp = ""

  public init() {}

  /// Whether only this machine can reach the HTTP endpoint. A name other than "localhost" counts as foreign.
  var isPrometheusLocal: Bool {
    let host = prometheus.prefix(upTo: prometheus.lastIndex(of: ":") ?? prometheus.endIndex)
    if host.isEmpty || host == "localhost" || host == "[::1]" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }

  static let fields: [SectionField<TelemetrySection>] = [
    .real(
      "interval_seconds", \.intervalSeconds, Bound.positiveSeconds,
      "Seconds between log lines and between metric records."),
    .integer(
      "interval_steps", \.intervalSteps, 0...1_000_000_000_000,
      "Environment steps between log lines and metric records, in addition to those by time, for curves that are "
        + "compared at equal steps. 0: by time alone."),
    .integer(
      "episodes", \.episodes, 1...100_000,
      "Number of latest finished episodes in the mean return."),
    .boolean(
      "tensorboard", \.tensorboard,
      "Writes the metrics to TensorBoard event files in the run's folder `tensorboard` as well, with a histogram of the "
        + "episodes' returns and the newest labels."),
    .text(
      "prometheus", \.prometheus, .optionalAddress,
      "HOST:PORT on which the learner answers `/metrics` (for Prometheus) and `/health` over HTTP, such as "
        + "\"127.0.0.1:9464\". Empty: nowhere. Port 0 takes any free port, which the log names."),
    .boolean(
      "prometheus_beyond_loopback", \.prometheusBeyondLoopback,
      "Allows `prometheus` to be an address that other machines reach. The endpoint has no password and shows the "
        + "metrics to all who reach it."),
    .text(
      "otlp", \.otlp, .optionalText,
      "URL of an OpenTelemetry collector to which the learner posts the metrics as JSON, such as "
        + "\"http://127.0.0.1:4318/v1/metrics\". Empty: nowhere. OTEL_EXPORTER_OTLP_HEADERS holds headers as NAME=VALUE, "
        + "separated by commas."),
  ]
}
