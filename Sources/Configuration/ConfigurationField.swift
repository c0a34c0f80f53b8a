/// One field of `RunConfiguration`.
///
/// Reading, command-line overrides, validation, the resolved TOML text, the reference page and the hash are loops over
/// `ConfigurationField.all`. A new field is one property of a section and one row of the section's table, in one file.
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

  /// Every field, in the order of the resolved text and of the reference page.
  public static let all: [ConfigurationField] =
    fields("run", \.run, RunSection.fields) + fields("environment", \.environment, EnvironmentSection.fields)
    + fields("network", \.network, NetworkSection.fields) + fields("worker", \.worker, WorkerSection.fields)
    + fields("learner", \.learner, LearnerSection.fields) + fields("reward", \.reward, RewardSection.fields)
    + fields("annotator", \.annotator, AnnotatorSection.fields)
    + fields("language_model", \.languageModel, LanguageModelSection.fields)
    + fields("transport", \.transport, TransportSection.fields)
    + fields("checkpoint", \.checkpoint, CheckpointSection.fields)
    + fields("telemetry", \.telemetry, TelemetrySection.fields)

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

  /// The field at `path`, or nil.
  public static func field(at path: String) -> ConfigurationField? { byPath[path] }

  private static let byPath = Dictionary(uniqueKeysWithValues: all.map { ($0.path, $0) })

  /// The range of the field in a program that knows the names of additional registry entries.
  func range(with additional: AdditionalNames) -> ConfigurationRange {
    guard case .choice(let names) = range, let more = additional[path] else { return range }
    return .choice(names + more.filter { !names.contains($0) })
  }

  /// The error text for a value that the field cannot have.
  func refusal(of found: String, _ additional: AdditionalNames = [:]) -> String {
    "\"\(path)\": expected \(range(with: additional).description), found \(found)"
  }
}

/// Names that a configuration may choose in addition to the built-in ones: from the path of a field, such as
/// "reward.model", to the names of the registry entries that the program adds.
public typealias AdditionalNames = [String: [String]]
