/// The value of one field, as TOML represents it.
public enum ConfigurationValue: Sendable, Hashable {
  case integer(Int)
  case real(Double)
  case boolean(Bool)
  case text(String)

  /// The value as TOML source. Reading it back gives the same value.
  public var toml: String {
    switch self {
    case .integer(let value): "\(value)"
    case .real(let value): "\(value)"
    case .boolean(let value): "\(value)"
    case .text(let value): Self.quoted(value)
    }
  }

  /// A TOML basic string.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\u{0}"..<"\u{20}", "\u{7F}":
        let digits = String(scalar.value, radix: 16, uppercase: true)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

/// The values that a field may have.
public enum ConfigurationRange: Sendable, Hashable {
  case integer(ClosedRange<Int>)
  case real(ClosedRange<Double>)
  case boolean
  case choice([String])
  /// Any text of 1 to `maximumTextBytes` bytes without control characters.
  case text
  /// The same, or an empty text.
  case optionalText
  /// A text of several lines, at most this many bytes, or an empty one.
  case lines(Int)
  /// HOST:PORT.
  case address
  /// HOST:PORT, or an empty text.
  case optionalAddress

  /// Longest text that a field may hold, in bytes.
  public static let maximumTextBytes = 256

  /// The expected values, in words that follow "expected ".
  public var description: String {
    switch self {
    case .integer(let range): "an integer from \(Self.bound(range.lowerBound)) to \(Self.bound(range.upperBound))"
    case .real(let range): "a number from \(Self.bound(range.lowerBound)) to \(Self.bound(range.upperBound))"
    case .boolean: "true or false"
    case .choice(let names): names.map { "\"\($0)\"" }.joined(separator: " or ")
    case .text: "a text of 1 to \(Self.maximumTextBytes) bytes"
    case .optionalText: "a text of at most \(Self.maximumTextBytes) bytes"
    case .lines(let bytes): "a text of at most \(bytes) bytes, with line breaks"
    case .address: "\"HOST:PORT\" with a port from 0 to 65535"
    case .optionalAddress: "\"HOST:PORT\" with a port from 0 to 65535, or an empty text"
    }
  }

  /// Whether `value` has the right type and is in the range.
  func contains(_ value: ConfigurationValue) -> Bool {
    switch (self, value) {
    case (.integer(let range), .integer(let number)): range.contains(number)
    case (.real(let range), .real(let number)): range.contains(number)
    case (.boolean, .boolean): true
    case (.choice(let names), .text(let text)): names.contains(text)
    case (.text, .text(let text)): Self.isPlain(text)
    case (.optionalText, .text(let text)): text.isEmpty || Self.isPlain(text)
    case (.lines(let bytes), .text(let text)): Self.isPlain(text, lines: true, bytes: 0...bytes)
    case (.address, .text(let text)): Self.isPlain(text) && Self.isAddress(text)
    case (.optionalAddress, .text(let text)): text.isEmpty || Self.isPlain(text) && Self.isAddress(text)
    default: false
    }
  }

  private static func bound(_ value: Int) -> String { value == .max ? "2^63-1" : "\(value)" }

  /// The shortest text of a number; whole numbers have no decimal point.
  public static func bound(_ value: Double) -> String {
    if let whole = Int(exactly: value), abs(whole) < 10_000_000 { return "\(whole)" }
    return "\(value)"
  }

  private static func isPlain(
    _ text: String, lines: Bool = false, bytes: ClosedRange<Int> = 1...maximumTextBytes
  ) -> Bool {
    bytes.contains(text.utf8.count)
      && text.unicodeScalars.allSatisfy { $0.value >= 32 && $0 != "\u{7F}" || lines && ($0 == "\n" || $0 == "\t") }
  }

  private static func isAddress(_ text: String) -> Bool {
    guard let colon = text.lastIndex(of: ":") else { return false }
    let host = text[..<colon]
    let port = text[text.index(after: colon)...]
    // An IPv6 host is written in brackets; otherwise the last of its colons would be read as the port's.
    let hostIsPlain = !host.contains(":") || (host.hasPrefix("[") && host.hasSuffix("]"))
    return !host.isEmpty && hostIsPlain && !host.contains(" ") && !port.isEmpty
      && port.utf8.allSatisfy { (48...57).contains($0) } && (Int(port) ?? 65_536) <= 65_535
  }
}
