/// One field of `RunConfiguration`: the single place that its name, meaning and range are written.
///
/// Parsing, command-line overrides, validation, the resolved TOML text, the reference page and the hash are loops over
/// `ConfigurationField.all`; a new field is one property of a section and one row of the table.
public struct ConfigurationField: Sendable {
  /// Section and name in TOML, for example "learner.batch_size".
  public let path: String
  /// One or two sentences with the unit.
  public let explanation: String
  public let range: ConfigurationRange
  /// Whether an unroll's shape or meaning depends on the field, so that learner, workers and checkpoints must agree.
  public let shapesUnrolls: Bool
  /// Reads the field.
  public let value: @Sendable (RunConfiguration) -> ConfigurationValue
  /// Writes the field. The value must be in `range`.
  let assign: @Sendable (inout RunConfiguration, ConfigurationValue) -> Void

  /// The TOML table the field stands in.
  public var section: Substring { path.prefix { $0 != "." } }
  /// The key inside its table.
  public var name: Substring { path.drop { $0 != "." }.dropFirst() }
  /// The value it has when nothing is said.
  public var defaultValue: ConfigurationValue { value(RunConfiguration()) }

  /// The field at `path`, or nil.
  public static func field(at path: String) -> ConfigurationField? { byPath[path] }

  private static let byPath = Dictionary(uniqueKeysWithValues: all.map { ($0.path, $0) })
}

// Makers of rows. A row whose value has another type than its key path cannot be written, so the `default` branches
// below are reached only by a value that `range` has already refused.
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

  static func choice<Choice: RawRepresentable<String> & CaseIterable & Sendable>(
    _ path: String, _ key: Key<Choice>, shapesUnrolls: Bool = false, _ explanation: String
  ) -> ConfigurationField {
    ConfigurationField(
      path: path, explanation: explanation, range: .choice(Choice.allCases.map(\.rawValue)),
      shapesUnrolls: shapesUnrolls,
      value: { .text($0[keyPath: key].rawValue) },
      assign: { if case .text(let name) = $1, let value = Choice(rawValue: name) { $0[keyPath: key] = value } })
  }
}
