import Glibc

/// Why a file or folder could not be written or read; always names it.
public struct FileError: Error, CustomStringConvertible, Sendable, Hashable {
  /// The file or folder concerned.
  public let path: String
  public let reason: String

  public init(_ path: String, _ reason: String) {
    self.path = path
    self.reason = reason
  }

  public var description: String { "\(path): \(reason)" }

  /// An operation that the system refused with `code` (errno), as in "cannot write: No space left on device".
  public static func system(_ path: String, _ operation: String, _ code: Int32) -> FileError {
    FileError(path, "cannot \(operation): \(String(cString: strerror(code)))")
  }
}
