import Glibc

/// Why a launcher's command could not be carried out. The text names the file, run or program and the next step.
public struct LauncherError: Error, CustomStringConvertible, Sendable, Equatable {
  public let description: String

  public init(_ description: String) { self.description = description }

  /// A failed system call.
  /// - Parameters:
  ///   - operation: what failed, as in "cannot `operation` `subject`".
  ///   - code: the value of errno.
  static func system(_ operation: String, _ subject: String, _ code: Int32) -> LauncherError {
    LauncherError("cannot \(operation) \(subject): \(String(cString: strerror(code)))")
  }
}
