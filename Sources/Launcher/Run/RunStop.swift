import Glibc
import Runtime

/// Ends a run on this machine: asks its learner to write a checkpoint, dismiss its peers and end, and waits for that.
public struct RunStop {
  /// Seconds to wait; a learner ends within 10 s of being asked.
  private static let limitSeconds = 15.0

  private let run: RunFolder
  private let installation: Installation

  /// - Throws: `LauncherError` if there is no such run.
  public init(run name: String?, in installation: Installation) throws(LauncherError) {
    run = try RunFolder(named: name, in: installation)
    self.installation = installation
  }

  /// - Parameter restart: whether the learner will be started again: peers that are attached to it wait for it.
  /// - Throws: `LauncherError` if the learner belongs to another user or does not end in time.
  public func callAsFunction(restart: Bool = false) throws(LauncherError) {
    guard let learner = run.learner(program: installation.program) else {
      let left = RunProcesses(run).end()
      return say(
        left.isEmpty
          ? "run \(run.name) is not going" : "run \(run.name) had lost its learner; ended what was left: \(left.list)")
    }
    say("asking the learner of run \(run.name) (pid \(learner)) to write a checkpoint and end")
    guard kill(learner, restart ? SIGUSR1 : SIGTERM) == 0 || errno == ESRCH else {
      throw LauncherError("may not signal process \(learner); it belongs to another user")
    }
    let deadline = MonotonicClock.seconds + Self.limitSeconds
    while kill(learner, 0) == 0 {
      guard MonotonicClock.seconds < deadline else {
        throw LauncherError(
          "still running after \(Int(Self.limitSeconds)) s; see \(run.log(of: "learner")), or end it with "
            + "kill -KILL \(learner)")
      }
      usleep(100_000)
    }
    // Peers that a launcher watches are dismissed and end by themselves; those of a killed one may hang.
    let left = RunProcesses(run).end()
    if !left.isEmpty { say("ended \(left.list)") }
    say("run \(run.name) has ended; continue it with: \(installation.continuation(of: run))")
  }
}
