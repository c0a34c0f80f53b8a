/// All settings of a run: task, network, learning, labels, transport and records.
///
/// `RunConfiguration.load` and `init(toml:fileName:)` make values of this type, in the order defaults < file < command
/// line. `fields` lists the meaning, the unit and the range of each field.
public struct RunConfiguration: Sendable, Hashable {
  public var run = RunSection()
  public var environment = EnvironmentSection()
  public var network = NetworkSection()
  public var text = TextSection()
  public var worker = WorkerSection()
  public var learner = LearnerSection()
  public var plan = PlanSection()
  public var reward = RewardSection()
  public var annotator = AnnotatorSection()
  public var languageModel = LanguageModelSection()
  public var transport = TransportSection()
  public var checkpoint = CheckpointSection()
  public var evaluation = EvaluationSection()
  public var telemetry = TelemetrySection()

  /// The defaults, without fields of tasks.
  public init() {}

  /// The defaults, with the fields of a program's tasks.
  public init(_ additions: SchemaAdditions) { environment.taskFields = additions.taskFields }

  /// Every field, in the order of the resolved text and of the reference page.
  public var fields: [ConfigurationField] {
    ConfigurationField.beforeTasks + environment.taskFields.map(ConfigurationField.init) + ConfigurationField.afterTasks
  }

  /// The field at `path`, or nil.
  public func field(at path: String) -> ConfigurationField? { fields.first { $0.path == path } }

  /// Environment steps of one unroll of one group: unroll length T times environments E.
  public var unrollFrames: Int { learner.unrollLength * worker.environmentsPerGroup }

  /// The seed of the run as random generators take it.
  public var seed: UInt64 { UInt64(bitPattern: Int64(run.seed)) }
}

/// Why a configuration was refused: every problem found, one line each.
public struct ConfigurationError: Error, CustomStringConvertible, Sendable, Hashable {
  /// Each problem names its place: `file:line: problem`, `command line: problem`, or the fields concerned.
  public let problems: [String]

  public init(_ problems: [String]) { self.problems = problems }

  public var description: String { problems.joined(separator: "\n") }
}
