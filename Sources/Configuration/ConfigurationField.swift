/// One field of `RunConfiguration`.
///
/// Reading, command-line overrides, validation, the resolved TOML text, the reference page and the hash are loops over
/// `RunConfiguration.fields`. A new field is one property of a section and one row of the section's table, in one file;
/// a field of a task is part of the task's registry entry.
public struct ConfigurationField: Sendable {
  /// Section and name in TOML, for example "learner.batch_size".
  public let path: String
  /// One or two sentences with the unit. Users read them in the reference page and in every run's `config.toml`.
  public let explanation: String
  public let range: ConfigurationRange
  /// Whether the shape or the meaning of an unroll depends on the field, so that learner, workers and checkpoints must
  /// agree on it.
  public let shapesUnrolls: Bool
  /// Reads the field.
  public let value: @Sendable (RunConfiguration) -> ConfigurationValue
  /// Writes the field. The value must be in the field's range.
  let assign: @Sendable (inout RunConfiguration, ConfigurationValue) -> Void

  /// The TOML table that contains the field.
  public var section: Substring { path.prefix { $0 != "." } }
  /// The key inside its table.
  public var name: Substring { path.drop { $0 != "." }.dropFirst() }
  /// The value if neither a file nor the command line sets the field.
  public var defaultValue: ConfigurationValue { value(RunConfiguration()) }

  /// The fields that precede those of the tasks.
  static let beforeTasks: [ConfigurationField] =
    fields("run", \.run, RunSection.fields) + fields("environment", \.environment, EnvironmentSection.fields)

  /// The fields that follow those of the tasks.
  static let afterTasks: [ConfigurationField] =
    fields("network", \.network, NetworkSection.fields) + fields("text", \.text, TextSection.fields)
    + fields("worker", \.worker, WorkerSection.fields) + fields("learner", \.learner, LearnerSection.fields)
    + fields("plan", \.plan, PlanSection.fields) + fields("reward", \.reward, RewardSection.fields)
    + fields("annotator", \.annotator, AnnotatorSection.fields)
    + fields("language_model", \.languageModel, LanguageModelSection.fields)
    + fields("transport", \.transport, TransportSection.fields)
    + fields("checkpoint", \.checkpoint, CheckpointSection.fields)
    + fields("evaluation", \.evaluation, EvaluationSection.fields)
    + fields("telemetry", \.telemetry, TelemetrySection.fields)

  /// Every field of the schema, without those of the tasks.
  public static let all = beforeTasks + afterTasks

  /// A field that a task declares.
  init(_ field: TaskField) {
    let name = field.name
    let defaultValue = field.defaultValue
    self.init(
      path: "environment.\(name)", explanation: field.explanation, range: field.range,
      shapesUnrolls: field.shapesUnrolls,
      value: { $0.environment[name] ?? defaultValue }, assign: { $0.environment[name] = $1 })
  }

  private init(
    path: String, explanation: String, range: ConfigurationRange, shapesUnrolls: Bool,
    value: @escaping @Sendable (RunConfiguration) -> ConfigurationValue,
    assign: @escaping @Sendable (inout RunConfiguration, ConfigurationValue) -> Void
  ) {
    self.path = path
    self.explanation = explanation
    self.range = range
    self.shapesUnrolls = shapesUnrolls
    self.value = value
    self.assign = assign
  }

  /// The rows of a section as fields of the whole configuration.
  private static func fields<Section>(
    _ section: String, _ key: WritableKeyPath<RunConfiguration, Section> & Sendable, _ rows: [SectionField<Section>]
  ) -> [ConfigurationField] {
    rows.map { row in
      ConfigurationField(
        path: "\(section).\(row.name)", explanation: row.explanation, range: row.range,
        shapesUnrolls: row.shapesUnrolls, value: { row.value($0[keyPath: key]) },
        assign: { row.assign(&$0[keyPath: key], $1) })
    }
  }

  /// The range of the field in a program that knows the names of additional registry entries.
  func range(with additions: SchemaAdditions) -> ConfigurationRange {
    guard case .choice(let names) = range, let more = additions.names[path] else { return range }
    return .choice(names + more.filter { !names.contains($0) })
  }

  /// The error text for a value that the field cannot have.
  func refusal(of found: String, _ additions: SchemaAdditions = .none) -> String {
    "\"\(path)\": expected \(range(with: additions).description), found \(found)"
  }
}

/// What a program adds to the schema: the names and the fields of its registry entries.
public struct SchemaAdditions: Sendable {
  /// From the path of a field that chooses an entry, such as "reward.model", to the names that it takes as well as the
  /// built-in ones.
  public var names: [String: [String]]
  /// The fields of `[environment]` that tasks declare, in the order of the resolved text.
  public var taskFields: [TaskField]

  public init(names: [String: [String]] = [:], taskFields: [TaskField] = []) {
    self.names = names
    self.taskFields = taskFields
  }

  public static let none = SchemaAdditions()
}
