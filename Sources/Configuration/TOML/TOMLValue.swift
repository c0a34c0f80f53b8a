/// A value of a TOML text.
public enum TOMLValue: Sendable, Hashable {
  case text(String)
  case integer(Int)
  case real(Double)
  case boolean(Bool)
  case array([TOMLValue])
  case table(TOMLTable)

  public var string: String? { if case .text(let text) = self { text } else { nil } }
  public var int: Int? { if case .integer(let number) = self { number } else { nil } }
  /// The number, if it is written as one with a fraction or an exponent.
  public var double: Double? { if case .real(let number) = self { number } else { nil } }
  public var bool: Bool? { if case .boolean(let truth) = self { truth } else { nil } }
  public var array: [TOMLValue]? { if case .array(let elements) = self { elements } else { nil } }
  public var table: TOMLTable? { if case .table(let table) = self { table } else { nil } }

  /// What it is, for error texts.
  public var type: String {
    switch self {
    case .text: "string"
    case .integer: "integer"
    case .real: "floating-point number"
    case .boolean: "boolean"
    case .array: "array"
    case .table: "table"
    }
  }
}

/// A table of a TOML text: keys with their values, and the lines that define them.
public struct TOMLTable: Sendable, Hashable {
  private var values: [String: TOMLValue] = [:]
  /// From 1.
  private var lines: [String: Int] = [:]

  /// An empty table.
  public init() {}

  /// In alphabetical order.
  public var keys: [String] { values.keys.sorted() }

  public var isEmpty: Bool { values.isEmpty }

  public subscript(key: String) -> TOMLValue? { values[key] }

  /// The line, from 1, that first defines the value at a path of keys, or the nearest table around it; nil if the first
  /// key is unknown.
  public func line(of path: some Collection<String>) -> Int? {
    guard let key = path.first, let line = lines[key] else { return nil }
    return self[key]?.table?.line(of: path.dropFirst()) ?? line
  }

  mutating func set(_ key: String, _ value: TOMLValue, line: Int) {
    values[key] = value
    lines[key] = line
  }
}

/// Why a text is not TOML.
public struct TOMLError: Error, CustomStringConvertible, Sendable, Hashable {
  /// From 1.
  public let line: Int
  public let description: String
}
