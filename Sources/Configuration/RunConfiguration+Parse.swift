import FoundationEssentials
import TOMLKit

extension RunConfiguration {
  /// Largest configuration text accepted, in bytes.
  public static let maximumTextBytes = 1 << 20

  /// The configuration of a run: defaults, then `file`, then `overrides` ("section.field=value").
  /// - Parameters:
  ///   - file: path of a TOML file, or nil for none.
  ///   - source: what errors call the place that the overrides come from.
  /// - Throws: `ConfigurationError` with every problem found.
  public static func load(
    file: String?, overrides: [String] = [], source: String = "command line"
  ) throws(ConfigurationError) -> RunConfiguration {
    var configuration = RunConfiguration()
    var problems: [String] = []
    if let file {
      do {
        try configuration.apply(toml: read(file), fileName: file)
      } catch {
        problems += error.problems
      }
    }
    for override in overrides {
      do {
        try configuration.apply(override: override, source: source)
      } catch {
        problems += error.problems
      }
    }
    guard problems.isEmpty else { throw ConfigurationError(problems) }
    try configuration.validate()
    return configuration
  }

  /// The configuration a TOML text describes, such as the resolved text a worker is given.
  /// - Parameter fileName: what errors call the text.
  public init(toml text: String, fileName: String) throws(ConfigurationError) {
    self.init()
    try apply(toml: text, fileName: fileName)
    try validate()
  }

  /// Sets the fields that a TOML text names.
  mutating func apply(toml text: String, fileName: String) throws(ConfigurationError) {
    let table = try Self.parse(text, fileName: fileName)
    let lines = SourceLines(text)
    var problems: [(line: Int, text: String)] = []
    func note(_ path: String, _ problem: String) {
      guard let line = lines.line(of: path) else { return problems.append((0, "\(fileName): \(problem)")) }
      problems.append((line, "\(fileName):\(line): \(problem)"))
    }
    for section in table.keys {
      guard let fields = table[section]?.table else {
        note(section, Self.isSection(section) ? "\"\(section)\" must be a table" : Self.unknown(section))
        continue
      }
      guard Self.isSection(section) || !fields.isEmpty else {
        note(section, "unknown section \"\(section)\"")
        continue
      }
      for name in fields.keys {
        let path = "\(section).\(name)"
        if let problem = set(path, fields[name]) { note(path, problem) }
      }
    }
    guard problems.isEmpty else {
      throw ConfigurationError(problems.sorted { $0.line < $1.line }.map(\.text))
    }
  }

  private static func isSection(_ name: String) -> Bool {
    ConfigurationField.all.contains { $0.section == name }
  }

  static func unknown(_ path: String) -> String {
    let suggestion = NearestField.path(to: path).map { "; did you mean \"\($0)\"?" } ?? ""
    return "unknown field \"\(path)\"\(suggestion)"
  }

  /// Sets one field and returns nil, or leaves it and returns the problem.
  private mutating func set(_ path: String, _ node: (any TOMLValueConvertible)?) -> String? {
    guard let field = ConfigurationField.field(at: path) else { return Self.unknown(path) }
    guard let node, let value = field.read(node) else {
      return field.refusal(of: "a value of type \(node?.type.description ?? "unknown")")
    }
    guard field.range.contains(value) else { return field.refusal(of: value.toml) }
    field.assign(&self, value)
    return nil
  }

  private static func parse(_ text: String, fileName: String) throws(ConfigurationError) -> TOMLTable {
    guard text.utf8.count <= maximumTextBytes else {
      throw ConfigurationError(["\(fileName): larger than \(maximumTextBytes) bytes"])
    }
    // The parser takes a C string and would silently stop at the first zero byte.
    guard !text.utf8.contains(0) else { throw ConfigurationError(["\(fileName): contains a zero byte"]) }
    do {
      return try TOMLTable(string: text)
    } catch let error as TOMLParseError {
      throw ConfigurationError(["\(fileName):\(error.source.begin.line): \(error.description)"])
    } catch {
      throw ConfigurationError(["\(fileName): \(error)"])
    }
  }

  private static func read(_ file: String) throws(ConfigurationError) -> String {
    let bytes: Data
    do {
      bytes = try Data(contentsOf: URL(filePath: file))
    } catch {
      throw ConfigurationError(["\(file): cannot be read: \((error as? CocoaError)?.reason ?? "\(error)")"])
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ConfigurationError(["\(file): not UTF-8 text"])
    }
    return text
  }
}

extension ConfigurationField {
  /// The value of a TOML node, or nil if the node has another type. A number field takes an integer too.
  func read(_ node: any TOMLValueConvertible) -> ConfigurationValue? {
    switch range {
    case .integer: node.int.map { .integer($0) }
    case .real: (node.double ?? node.int.map { Double($0) }).map { .real($0) }
    case .boolean: node.bool.map { .boolean($0) }
    case .choice, .text, .optionalText, .address: node.string.map { .text($0) }
    }
  }

  func refusal(of found: String) -> String { "\"\(path)\": expected \(range.description), found \(found)" }
}

extension CocoaError {
  fileprivate var reason: String? {
    switch code {
    case .fileReadNoSuchFile, .fileNoSuchFile: "no such file"
    case .fileReadNoPermission: "permission denied"
    default: nil
    }
  }
}
