/// Everything a run is told: what is played, what is learned, how processes talk and what is kept.
///
/// A value of this type always comes from `RunConfiguration.load`, `init(toml:fileName:)` or the defaults, in the order
/// defaults < file < command line. The meaning, unit and range of each field stand in `ConfigurationField.all`.
public struct RunConfiguration: Sendable, Hashable {
  public var run = RunSection()
  public var environment = EnvironmentSection()
  public var network = NetworkSection()
  public var worker = WorkerSection()
  public var learner = LearnerSection()
  public var reward = RewardSection()
  public var annotator = AnnotatorSection()
  public var languageModel = LanguageModelSection()
  public var transport = TransportSection()
  public var checkpoint = CheckpointSection()
  public var telemetry = TelemetrySection()

  /// The defaults.
  public init() {}
}
