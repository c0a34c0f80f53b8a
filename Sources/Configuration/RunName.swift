/// A run's name: the name of its directory, so never a path.
public struct RunName: Sendable, Hashable, CustomStringConvertible {
  /// Longest name, in bytes.
  public static let maximumBytes = 100

  public let description: String

  /// - Throws: `ConfigurationError` unless `name` is 1 to 100 of A-Z a-z 0-9 . _ - and begins with none of . and -.
  public init(_ name: String) throws(ConfigurationError) {
    let isPlain = name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
      default: false
      }
    }
    // A leading "-" would be read as an option by every command the name is given to.
    guard isPlain, (1...Self.maximumBytes).contains(name.utf8.count), !name.hasPrefix("."), !name.hasPrefix("-") else {
      throw ConfigurationError([
        "run name \(ConfigurationValue.quoted(name)): use 1 to \(Self.maximumBytes) letters, digits, \".\", \"_\" and "
          + "\"-\", beginning with a letter, a digit or \"_\""
      ])
    }
    description = name
  }
}
