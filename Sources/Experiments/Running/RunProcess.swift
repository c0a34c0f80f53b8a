import Foundation
import Telemetry

/// The process that makes a run, its words going to a file.
final class RunProcess {
  let run: ExperimentRun
  /// Whether it evaluates what the run made.
  let isEvaluation: Bool
  private let process = Process()
  private let log: String
  /// Bytes of the log that earlier attempts wrote.
  private let logStart: Int
  private var stopsSent = 0

  /// - Throws: when it cannot be started.
  init(_ run: ExperimentRun, _ programs: ExperimentPrograms, in folder: ExperimentFolder) throws {
    self.run = run
    log = folder.log(of: run)
    if !FileManager.default.fileExists(atPath: log) { try Data().write(to: URL(fileURLWithPath: log)) }
    let output = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
    logStart = Int(try output.seekToEnd())
    let state = try folder.state(of: run)
    isEvaluation = state == .trained
    let start = state == .absent ? try run.start.map { Self.absolute(try folder.checkpoint(of: $0)) } : nil
    let command =
      isEvaluation
      ? Self.evaluation(of: run, programs, in: folder)
      : Self.command(run, programs, runs: Self.absolute(folder.runs), start: start)
    process.executableURL = URL(fileURLWithPath: command.program)
    process.arguments = command.arguments
    process.environment = ProcessInfo.processInfo.environment.merging(command.environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = output
    try process.run()
    try? output.close()
  }

  /// Goes on where an earlier attempt ended, if there was one.
  /// - Parameter start: the checkpoint that a new run begins with.
  static func command(
    _ run: ExperimentRun, _ programs: ExperimentPrograms, runs: String, start: String? = nil
  ) -> (program: String, arguments: [String], environment: [String: String]) {
    let resume = ["--name", run.name, "--resume", start ?? "auto"]
    let configuration = absolute(run.experiment.configuration)
    switch run.arm.mode {
    case .serial:
      return (
        programs.tengu,
        ["serial", "--config", configuration] + resume + ["--runs", runs, "--nethack", absolute(programs.netHack)]
          + run.overrides,
        ["OPENBLAS_NUM_THREADS": "1"]
      )
    case .cluster:
      return (
        programs.launcher, [configuration] + resume + run.arm.launchArguments + run.overrides,
        ["TENGU_BINARY": programs.tengu, "TENGU_RUNS": runs, "TENGU_NETHACK": absolute(programs.netHack)]
      )
    }
  }

  /// Plays episodes with a finished run's policy; one thread where other runs are going beside it.
  static func evaluation(
    of run: ExperimentRun, _ programs: ExperimentPrograms, in folder: ExperimentFolder
  ) -> (program: String, arguments: [String], environment: [String: String]) {
    (
      programs.tengu,
      [
        "eval", absolute(folder.directory(of: run)), "--episodes", "\(run.experiment.evaluationEpisodes)", "--threads",
        run.arm.mode == .serial ? "1" : "0", "--json", absolute(folder.evaluationFile(of: run)), "--nethack",
        absolute(programs.netHack),
      ],
      ["OPENBLAS_NUM_THREADS": "1"]
    )
  }

  var isRunning: Bool { process.isRunning }

  /// 128 and the signal's number where a signal ended it, as shells have it.
  var status: Int32 {
    process.terminationReason == .uncaughtSignal ? 128 + process.terminationStatus : process.terminationStatus
  }

  /// Asks it to end, which it does with a checkpoint; asked again, it is not asked.
  func stop() {
    guard process.isRunning else { return }
    stopsSent += 1
    if stopsSent == 1 || run.arm.mode == .cluster {
      process.terminate()  // The launcher knows a second signal, and ends its processes.
    } else {
      kill(process.processIdentifier, SIGKILL)
    }
  }

  /// The last lines it wrote.
  func lastLines(_ count: Int) -> [String] {
    guard let data = FileManager.default.contents(atPath: log)?.dropFirst(logStart) else { return [] }
    return String(decoding: data, as: UTF8.self).split(separator: "\n").suffix(count).map(String.init)
  }

  private static func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
  }
}
