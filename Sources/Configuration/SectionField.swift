/// One field of a section: a row of the section's table, and the only place where its name, meaning and range are
/// written.
struct SectionField<Section: Sendable>: Sendable {
  typealias Key<Value> = WritableKeyPath<Section, Value> & Sendable

  /// The key inside the section's TOML table.
  let name: String
  /// One or two sentences with the unit.
  let explanation: String
  let range: ConfigurationRange
  /// Whether the shape or the meaning of an unroll depends on the field.
  let shapesUnrolls: Bool
  let value: @Sendable (Section) -> ConfigurationValue
  /// Writes the field. The value must be in the field's range.
  let assign: @Sendable (inout Section, ConfigurationValue) -> Void
}

// Makers of rows. The compiler ties each row's value type to its key path, so a row ignores a value of another type
// only after `range` has refused it.
extension SectionField {
  static func integer(
    _ name: String, _ key: Key<Int>, _ range: ClosedRange<Int>, shapesUnrolls: Bool = false, _ explanation: String
  ) -> SectionField {
    SectionField(
      name: name, explanation: explanation, range: .integer(range), shapesUnrolls: shapesUnrolls,
      value: { .integer($0[keyPath: key]) },
      assign: { if case .integer(let value) = $1 { $0[keyPath: key] = value } })
  }

  static func real(
    _ name: String, _ key: Key<Double>, _ range: ClosedRange<Double>, shapesUnrolls: Bool = false, _ explanation: String
  ) -> SectionField {
    SectionField(
      name: name, explanation: explanation, range: .real(range), shapesUnrolls: shapesUnrolls,
      value: { .real($0[keyPath: key]) },
      assign: { if case .real(let value) = $1 { $0[keyPath: key] = value } })
  }

  static func boolean(
    _ name: String, _ key: Key<Bool>, shapesUnrolls: Bool = false, _ explanation: String
  ) -> SectionField {
    SectionField(
      name: name, explanation: explanation, range: .boolean, shapesUnrolls: shapesUnrolls,
      value: { .boolean($0[keyPath: key]) },
      assign: { if case .boolean(let value) = $1 { $0[keyPath: key] = value } })
  }

  static func text(
    _ name: String, _ key: Key<String>, _ range: ConfigurationRange = .text, shapesUnrolls: Bool = false,
    _ explanation: String
  ) -> SectionField {
    SectionField(
      name: name, explanation: explanation, range: range, shapesUnrolls: shapesUnrolls,
      value: { .text($0[keyPath: key]) },
      assign: { if case .text(let value) = $1 { $0[keyPath: key] = value } })
  }

  /// A field with a closed set of values.
  static func choice<Choice: RawRepresentable<String> & CaseIterable & Sendable>(
    _ name: String, _ key: Key<Choice>, shapesUnrolls: Bool = false, _ explanation: String
  ) -> SectionField {
    SectionField(
      name: name, explanation: explanation, range: .choice(Choice.allCases.map(\.rawValue)),
      shapesUnrolls: shapesUnrolls,
      value: { .text($0[keyPath: key].rawValue) },
      assign: { if case .text(let text) = $1, let value = Choice(rawValue: text) { $0[keyPath: key] = value } })
  }

  /// A field that chooses a registry entry by name.
  static func entry<Name: RegisteredName>(
    _ name: String, _ key: Key<Name>, shapesUnrolls: Bool = false, _ explanation: String
  ) -> SectionField {
    SectionField(
      name: name, explanation: explanation, range: .choice(Name.builtIn.map(\.rawValue)),
      shapesUnrolls: shapesUnrolls,
      value: { .text($0[keyPath: key].rawValue) },
      assign: { if case .text(let text) = $1 { $0[keyPath: key] = Name(rawValue: text) } })
  }
}

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
