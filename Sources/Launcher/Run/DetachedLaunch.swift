import Foundation
import Runtime

/// Starts the launcher again without a terminal, and returns when the run is going or has failed.
public struct DetachedLaunch {
  private static let reminderSeconds = 10.0

  private let plan: LaunchPlan
  private let arguments: [String]

  /// - Parameters:
  ///   - arguments: the command line of the launcher that stays, which names the same run.
  public init(_ plan: LaunchPlan, arguments: [String]) {
    self.plan = plan
    self.arguments = arguments
  }

  /// - Returns: 0 once the run is going, otherwise the status of the launcher, whose log is shown.
  /// - Throws: what `RunLauncher.init` throws.
  public func start() throws -> Int32 {
    let localKey = try RunLauncher.prepare(plan)
    let run = plan.run
    // The learner alone makes run directories. Until this one exists the log is next to it; moving it keeps it open.
    let isNew = !FileManager.default.fileExists(atPath: run.path)
    let log = isNew ? "\(plan.installation.runs)/.\(run.name).launch.log" : run.launchLog
    try FileManager.default.createDirectory(atPath: plan.installation.runs, withIntermediateDirectories: true)
    let descriptor = try openForWriting(log, O_APPEND)
    let earlier = lseek(descriptor, 0, SEEK_END)
    defer { close(descriptor) }
    let launcher = try ChildProcess(
      ProgramCall(plan.installation.launcher, arguments, directory: plan.installation.workingDirectory),
      output: .descriptor(descriptor), errors: .descriptor(descriptor), survivesParent: true)
    awaitStart(launcher)
    guard let endpoint = run.endpoint else {
      let status = launcher.waitUntilExit()
      if let written = FileManager.default.contents(atPath: log)?.dropFirst(Int(earlier)) {
        writeAll(Array(written), to: STDERR_FILENO)
      }
      if isNew { unlink(log) }
      return status
    }
    if isNew { rename(log, run.launchLog) }
    say("run \(run.name) is going; its learner listens on \(endpoint)")
    let (installation, key) = (plan.installation, option("--key", localKey))
    if installation.hasScripts { say("  " + installation.commandLine("logs", ["-f", "--run", run.name])) }
    say("  " + installation.commandLine("status", [installation.hasScripts ? run.name : run.path] + key))
    say("  " + installation.commandLine("stop", [run.name]))
    return 0
  }

  private func awaitStart(_ launcher: ChildProcess) {
    var reminder = MonotonicClock.seconds + Self.reminderSeconds
    while plan.run.endpoint == nil, launcher.status == nil {
      if MonotonicClock.seconds >= reminder {
        say("still waiting for the learner to bind its address")
        reminder += Self.reminderSeconds
      }
      usleep(100_000)
    }
  }
}
