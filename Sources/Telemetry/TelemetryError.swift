import Glibc

/// Why a log or a metrics file could not be opened or written; names the file.
public struct TelemetryError: Error, CustomStringConvertible, Sendable, Hashable {
  public let path: String
  public let reason: String

  public var description: String { "\(path): \(reason)" }

  /// An operation the system refused with `code` (errno).
  static func system(_ path: String, _ operation: String, _ code: Int32) -> TelemetryError {
    TelemetryError(path: path, reason: "cannot \(operation): \(String(cString: strerror(code)))")
  }
}
