import Foundation
import Glibc
import Runtime

/// The learner processes of a run: one, or several that mpirun starts and that share every update.
public struct LearnerProcesses: Sendable, Equatable {
  /// Numbers of learners that a launch takes.
  public static let counts = 1...1024
  private static let program = "mpirun"
  /// Seconds that the learners may take to end in step after mpirun was told to end them.
  private static let endSeconds = 10

  public let count: Int

  /// - Parameters:
  ///   - count: one of `counts`.
  ///   - path: the folders in which programs are looked for, with colons between them.
  /// - Throws: `LauncherError` naming the package if there is no mpirun for several learners.
  init(_ count: Int, path: String = ProcessInfo.processInfo.environment["PATH"] ?? "") throws(LauncherError) {
    self.count = count
    guard count > 1 else { return }
    guard path.split(separator: ":").contains(where: { access("\($0)/\(Self.program)", X_OK) == 0 }) else {
      throw LauncherError(
        "--learners \(count) needs mpirun, which is not on this machine; install the Debian package openmpi-bin", .usage
      )
    }
  }

  /// What starts the learners: the learner's own call if there is one.
  /// - Parameter isRoot: whether the user is root, to whom mpirun otherwise refuses.
  func call(_ learner: ProgramCall, isRoot: Bool = geteuid() == 0) -> ProgramCall {
    guard count > 1 else { return learner }
    var call = learner
    call.program = Self.program
    call.arguments =
      [
        "-np", "\(count)",
        // The learners share the processors with each other and with the workers.
        "--oversubscribe", "--bind-to", "none", "--mca", "mpi_yield_when_idle", "1",
        // By default mpirun kills a second after it has told the learners to end, which may cut their checkpoint.
        "--mca", "odls_base_sigkill_timeout", "\(Self.endSeconds)", learner.program,
      ] + learner.arguments
    if isRoot {
      call.environment["OMPI_ALLOW_RUN_AS_ROOT"] = "1"
      call.environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1"
    }
    return call
  }
}
