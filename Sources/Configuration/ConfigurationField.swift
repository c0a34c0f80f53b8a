/// One field of `RunConfiguration`: the only place where its name, meaning and range are written.
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
    RunSection.fields + EnvironmentSection.fields + NetworkSection.fields + WorkerSection.fields
    + LearnerSection.fields + RewardSection.fields + AnnotatorSection.fields + LanguageModelSection.fields
    + TransportSection.fields + CheckpointSection.fields + TelemetrySection.fields

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

/// The name of an entry in one of Assembly's registries, such as a reward model. The set of names is open: a program
/// that registers an entry of its own also chooses it by name.
public protocol RegisteredName: RawRepresentable<String>, Hashable, Sendable {
  init(rawValue: String)
  /// The names of the entries that come with this package, in the order of the reference page.
  static var builtIn: [Self] { get }
}

/// Bounds that several fields share. They are wide: they refuse typing mistakes, not bold experiments.
enum Bound {
  static let positiveSeconds = 0.01...31_536_000.0
  static let coefficient = 0.0...1_000_000.0
  static let discount = 0.0...1.0
  static let share = 0.0...1.0
  static let layerSize = 0...16_384
}

// Makers of rows. The compiler ties each row's value type to its key path, so a `default` branch below is reached only
// by a value that `range` has already refused.
extension ConfigurationField {
  typealias Key<Value> = WritableKeyPath<RunConfiguration, Value> & Sendable

  static func integer(
    _ path: String, _ key: Key<Int>, _ range: ClosedRange<Int>, shapesUnrolls: Bool = false, _ explanation: String
  ) -> ConfigurationField {
    ConfigurationField(
      path: path, explanation: explanation, range: .integer(range), shapesUnrolls: shapesUnrolls,
      value: { .integer($0[keyPath: key]) },
      assign: { if case .integer(let value) = $1 { $0[keyPath: key] = value } })
  }

  static func real(
    _ path: String, _ key: Key<Double>, _ range: ClosedRange<Double>, _ explanation: String
  ) -> ConfigurationField {
    ConfigurationField(
      path: path, explanation: explanation, range: .real(range), shapesUnrolls: false,
      value: { .real($0[keyPath: key]) },
      assign: { if case .real(let value) = $1 { $0[keyPath: key] = value } })
  }

  static func boolean(
    _ path: String, _ key: Key<Bool>, shapesUnrolls: Bool = false, _ explanation: String
  ) -> ConfigurationField {
    ConfigurationField(
      path: path, explanation: explanation, range: .boolean, shapesUnrolls: shapesUnrolls,
      value: { .boolean($0[keyPath: key]) },
      assign: { if case .boolean(let value) = $1 { $0[keyPath: key] = value } })
  }

  static func text(
    _ path: String, _ key: Key<String>, _ range: ConfigurationRange = .text, shapesUnrolls: Bool = false,
    _ explanation: String
  ) -> ConfigurationField {
    ConfigurationField(
      path: path, explanation: explanation, range: range, shapesUnrolls: shapesUnrolls,
      value: { .text($0[keyPath: key]) },
      assign: { if case .text(let value) = $1 { $0[keyPath: key] = value } })
  }

  /// A field with a closed set of values.
  static func choice<Choice: RawRepresentable<String> & CaseIterable & Sendable>(
    _ path: String, _ key: Key<Choice>, shapesUnrolls: Bool = false, _ explanation: String
  ) -> ConfigurationField {
    ConfigurationField(
      path: path, explanation: explanation, range: .choice(Choice.allCases.map(\.rawValue)),
      shapesUnrolls: shapesUnrolls,
      value: { .text($0[keyPath: key].rawValue) },
      assign: { if case .text(let name) = $1, let value = Choice(rawValue: name) { $0[keyPath: key] = value } })
  }

  /// A field that chooses a registry entry by name.
  static func entry<Name: RegisteredName>(
    _ path: String, _ key: Key<Name>, shapesUnrolls: Bool = false, _ explanation: String
  ) -> ConfigurationField {
    ConfigurationField(
      path: path, explanation: explanation, range: .choice(Name.builtIn.map(\.rawValue)),
      shapesUnrolls: shapesUnrolls,
      value: { .text($0[keyPath: key].rawValue) },
      assign: { if case .text(let name) = $1 { $0[keyPath: key] = Name(rawValue: name) } })
  }
}
