import Configuration
import Foundation
import Glibc

/// Why a launcher's command could not be carried out. The text names the file, run or program and the next step.
public struct LauncherError: Error, CustomStringConvertible, Sendable, Equatable {
  /// The kind of failure, which decides the exit status.
  public enum Kind: Sendable {
    /// Trying again may help.
    case failure
    /// The command line is wrong: trying again cannot help.
    case usage
    /// A service that the run needs cannot be reached.
    case unavailable
  }

  public let description: String
  public let kind: Kind

  public init(_ description: String, _ kind: Kind = .failure) {
    self.description = description
    self.kind = kind
  }

  /// A failed system call.
  /// - Parameters:
  ///   - operation: what failed, as in "cannot `operation` `subject`".
  ///   - code: the value of errno.
  static func system(_ operation: String, _ subject: String, _ code: Int32) -> LauncherError {
    LauncherError("cannot \(operation) \(subject): \(String(cString: strerror(code)))")
  }

  /// There is no run of this name. The text has the nearest name, or the newest ones.
  static func noRun(_ name: String, in runs: String, hint: String = "") -> LauncherError {
    LauncherError(RunNames(in: runs).unknown(name) + hint, .usage)
  }
}
