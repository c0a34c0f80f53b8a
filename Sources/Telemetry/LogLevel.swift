/// How much an event matters.
public enum LogLevel: Int, Sendable, CaseIterable, Comparable {
  case debug, info, warning, error

  public static func < (first: LogLevel, second: LogLevel) -> Bool { first.rawValue < second.rawValue }

  /// The name, padded so that messages line up.
  var column: String {
    switch self {
    case .debug: "debug  "
    case .info: "info   "
    case .warning: "warning"
    case .error: "error  "
    }
  }
}
