import FoundationEssentials
import Runtime

extension RunConfiguration {
  /// Largest configuration text accepted, in bytes.
  public static let maximumTextBytes = 1 << 20

  /// The configuration of a run: defaults, then `file`, then `overrides` ("section.field=value").
  /// - Parameters:
  ///   - file: path of a TOML file, or nil for none.
  ///   - source: the name that errors give to the origin of the overrides.
  ///   - additions: names and fields of the program's registry entries.
  /// - Throws: `ConfigurationError` with every problem found.
  public static func load(
    file: String?, overrides: [String] = [], source: String = "command line", additions: SchemaAdditions = .none
  ) throws(ConfigurationError) -> RunConfiguration {
    var configuration = RunConfiguration(additions)
    var problems: [String] = []
    if let file {
      do {
        try configuration.apply(toml: read(file), fileName: file, additions)
      } catch {
        problems += error.problems
      }
    }
    for override in overrides {
      do {
        try configuration.apply(override: override, source: source, additions)
      } catch {
        problems += error.problems
      }
    }
    guard problems.isEmpty else { throw ConfigurationError(problems) }
    try configuration.validate(additions)
    return configuration
  }

  /// The configuration that a TOML text describes, such as the resolved text that the learner sends to a worker.
  /// - Parameter fileName: the name that errors give to the text.
  /// - Throws: `ConfigurationError` with every problem found.
  public init(
    toml text: String, fileName: String, additions: SchemaAdditions = .none
  ) throws(ConfigurationError) {
    self.init(additions)
    try apply(toml: text, fileName: fileName, additions)
    try validate(additions)
  }

  /// Sets the fields that a TOML text names.
  mutating func apply(
    toml text: String, fileName: String, _ additions: SchemaAdditions = .none
  ) throws(ConfigurationError) {
    let table = try Self.parse(text, fileName: fileName)
    var problems: [(line: Int, text: String)] = []
    func note(_ path: [String], _ problem: String) {
      let line = table.line(of: path) ?? 0
      problems.append((line, "\(fileName):\(line): \(problem)"))
    }
    for section in table.keys {
      guard let fields = table[section]?.table else {
        note([section], Self.isSection(section) ? "\"\(section)\" must be a table" : unknown(section))
        continue
      }
      guard Self.isSection(section) || !fields.isEmpty else {
        note([section], "unknown section \"\(section)\"")
        continue
      }
      for name in fields.keys {
        let path = "\(section).\(name)"
        if let problem = set(path, fields[name], additions) { note([section, name], problem) }
      }
    }
    guard problems.isEmpty else {
      throw ConfigurationError(problems.sorted { $0.line < $1.line }.map(\.text))
    }
  }

  private static func isSection(_ name: String) -> Bool {
    ConfigurationField.all.contains { $0.section == name }
  }

  private func unknown(_ path: String) -> String {
    let suggestion = NearestName.field(to: path, among: fields).map { "; did you mean \"\($0)\"?" } ?? ""
    return "unknown field \"\(path)\"\(suggestion)"
  }

  /// Sets one field and returns nil, or leaves it and returns the problem.
  private mutating func set(
    _ path: String, _ node: TOMLValue?, _ additions: SchemaAdditions
  ) -> String? {
    if let retired = RetiredField.all[path] {
      guard let node, retired.isDefault(node) else {
        return "\"\(path)\" was removed; \(retired.replacement)"
      }
      return nil
    }
    guard let field = field(at: path) else { return unknown(path) }
    guard let node, let value = field.read(node) else {
      return field.refusal(of: "a value of type \(node?.type ?? "unknown")")
    }
    guard field.range(with: additions).contains(value) else { return field.refusal(of: value.toml, additions) }
    field.assign(&self, value)
    return nil
  }

  /// Sets one field from a command line's "section.field=value". Texts need no quotes; numbers may have underscores.
  /// - Parameter source: the name that errors give to the origin of the override.
  private mutating func apply(
    override: String, source: String, _ additions: SchemaAdditions
  ) throws(ConfigurationError) {
    guard let equals = override.firstIndex(of: "=") else {
      throw ConfigurationError(["\(source): \"\(override)\" is neither a command nor section.field=value"])
    }
    let path = String(override[..<equals])
    let text = String(override[override.index(after: equals)...])
    if let retired = RetiredField.all[path] {
      throw ConfigurationError(["\(source): \"\(path)\" was removed; \(retired.replacement)"])
    }
    guard let field = field(at: path) else {
      throw ConfigurationError(["\(source): \(unknown(path))"])
    }
    guard let value = field.parse(text), field.range(with: additions).contains(value) else {
      throw ConfigurationError(["\(source): \(field.refusal(of: "\"\(text)\"", additions))"])
    }
    field.assign(&self, value)
  }

  private static func parse(_ text: String, fileName: String) throws(ConfigurationError) -> TOMLTable {
    guard text.utf8.count <= maximumTextBytes else {
      throw ConfigurationError(["\(fileName): larger than \(maximumTextBytes) bytes"])
    }
    guard !text.utf8.contains(0) else { throw ConfigurationError(["\(fileName): contains a zero byte"]) }
    do {
      return try TOMLTable(text)
    } catch {
      throw ConfigurationError(["\(fileName):\(error.line): \(error)"])
    }
  }

  private static func read(_ file: String) throws(ConfigurationError) -> String {
    let bytes: Data
    do {
      bytes = try Data(contentsOf: URL(filePath: file))
    } catch {
      throw ConfigurationError(["\(file): cannot be read: \(SystemReason.text(of: error))"])
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ConfigurationError(["\(file): not UTF-8 text"])
    }
    return text
  }
}

extension ConfigurationField {
  /// The value of a TOML node, or nil if the node has another type. A number field also takes an integer.
  fileprivate func read(_ node: TOMLValue) -> ConfigurationValue? {
    switch range {
    case .integer: node.int.map { .integer($0) }
    case .real: (node.double ?? node.int.map { Double($0) }).map { .real($0) }
    case .boolean: node.bool.map { .boolean($0) }
    case .choice, .text, .optionalText, .lines, .address, .optionalAddress: node.string.map { .text($0) }
    }
  }

  /// The value of a text from the command line, or nil if the text has another type.
  fileprivate func parse(_ text: String) -> ConfigurationValue? {
    let digits = text.filter { $0 != "_" }
    return switch range {
    case .integer: Int(digits).map { .integer($0) }
    case .real: Double(digits).map { .real($0) }
    case .boolean: Bool(text).map { .boolean($0) }
    case .choice, .text, .optionalText, .lines, .address, .optionalAddress: .text(Self.unquoted(text))
    }
  }

  /// The text without one pair of double quotes around it, which a user may write as in the file.
  private static func unquoted(_ text: String) -> String {
    guard text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") else { return text }
    return String(text.dropFirst().dropLast())
  }
}

/// A field that earlier versions had. The `config.toml` of an earlier run contains it, so its default is accepted and
/// ignored; another value is refused with the replacement.
private struct RetiredField {
  let isDefault: @Sendable (TOMLValue) -> Bool
  let replacement: String

  static let all = [
    "reward.cream": RetiredField(
      isDefault: { $0.bool == false },
      replacement: "take it out: it did not help a ranking; `tengu text rows cream` has the method"),
    "annotator.flip_rate": stub("flip_rate", 0), "annotator.random_share": stub("random_share", 0.5),
    "annotator.delay_seconds": stub("delay_seconds", 0),
    "annotator.outage_after_seconds": stub("outage_after_seconds", 0),
    "annotator.outage_seconds": stub("outage_seconds", 0),
  ]

  private static func stub(_ option: String, _ defaultValue: Double) -> RetiredField {
    RetiredField(
      isDefault: { ($0.double ?? $0.int.map { Double($0) }) == defaultValue },
      replacement: "set \"annotator.stub\" = \"\(option)=...\"")
  }
}
