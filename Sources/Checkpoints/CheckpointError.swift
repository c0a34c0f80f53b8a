import Glibc

/// Why a checkpoint or a run directory could not be written or read; always names the file or folder.
public struct CheckpointError: Error, CustomStringConvertible, Sendable, Hashable {
  /// The file or folder concerned.
  public let path: String
  public let reason: String

  public init(_ path: String, _ reason: String) {
    self.path = path
    self.reason = reason
  }

  public var description: String { "\(path): \(reason)" }

  /// An operation the system refused with `code` (errno), as in "cannot write: No space left on device".
  static func system(_ path: String, _ operation: String, _ code: Int32) -> CheckpointError {
    CheckpointError(path, "cannot \(operation): \(String(cString: strerror(code)))")
  }
}
