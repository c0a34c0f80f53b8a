import Glibc

/// The reason why a log or a metrics file could not be opened or written; names the file.
public struct TelemetryError: Error, CustomStringConvertible, Sendable, Hashable {
  public let path: String
  public let reason: String

  public var description: String { "\(path): \(reason)" }

  /// An operation the system refused with `code` (errno).
  static func system(_ path: String, _ operation: String, _ code: Int32) -> TelemetryError {
    TelemetryError(path: path, reason: "cannot \(operation): \(String(cString: strerror(code)))")
  }
}

/// A file descriptor that whole texts are written to.
struct LineDescriptor: Sendable {
  let number: Int32

  /// Opens `path` for appending, creating it if needed.
  static func append(to path: String) throws(TelemetryError) -> LineDescriptor {
    let number = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard number >= 0 else { throw .system(path, "open", errno) }
    return LineDescriptor(number: number)
  }

  /// Writes all of `text`, in one call unless the system takes less. Returns errno, or 0.
  func write(_ text: String) -> Int32 {
    var text = text
    return text.withUTF8 { bytes in
      var written = 0
      while written < bytes.count {
        let count = Glibc.write(number, bytes.baseAddress.map { $0 + written }, bytes.count - written)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { return errno }
        written += count
      }
      return 0
    }
  }
}
