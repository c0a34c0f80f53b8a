/// The value of one field, as TOML knows it.
public enum ConfigurationValue: Sendable, Hashable {
  case integer(Int)
  case real(Double)
  case boolean(Bool)
  case text(String)

  /// The value as TOML source; reading it back gives the same value.
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
