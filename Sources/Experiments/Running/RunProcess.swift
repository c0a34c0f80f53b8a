import Foundation
import Runtime
import Telemetry

/// The process of a run or of its evaluation. Its output goes to a file.
final class RunProcess {
  let run: ExperimentRun
  /// Whether the process evaluates the run's final policy.
  let isEvaluation: Bool
  private let process: ChildProcess
  private let log: String
  /// Bytes of the log that earlier attempts wrote.
  private let logStart: Int
  private var stopsSent = 0

  /// - Throws: if the process cannot be started.
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
    defer { try? output.close() }
    process = try ChildProcess(
      command, output: .descriptor(output.fileDescriptor), errors: .descriptor(output.fileDescriptor))
  }

  /// The command of a run. It resumes an earlier attempt if there was one.
  /// - Parameter start: the checkpoint that a new run begins with.
  static func command(
    _ run: ExperimentRun, _ programs: ExperimentPrograms, runs: String, start: String? = nil
  ) -> ProgramCall {
    // An override that all arms share may have no effect in some of them.
    let resume = ["--arm", "--name", run.name, "--resume", start ?? "auto"]
    let configuration = absolute(run.experiment.configuration)
    switch run.arm.mode {
    case .serial:
      return ProgramCall(
        programs.tengu,
        ["serial", "--config", configuration] + resume + ["--runs", runs, "--nethack", absolute(programs.netHack)]
          + run.overrides,
        environment: ["OPENBLAS_NUM_THREADS": "1"])
    case .cluster:
      return ProgramCall(
        programs.launcher, [configuration] + resume + run.arm.launchArguments + run.overrides,
        environment: ["TENGU_BINARY": programs.tengu, "TENGU_RUNS": runs, "TENGU_NETHACK": absolute(programs.netHack)])
    }
  }

  /// The command that evaluates a run's final policy; on one thread if other runs may be running at the same time.
  static func evaluation(
    of run: ExperimentRun, _ programs: ExperimentPrograms, in folder: ExperimentFolder
  ) -> ProgramCall {
    ProgramCall(
      programs.tengu,
      [
        "eval", absolute(folder.directory(of: run)), "--episodes", "\(run.experiment.evaluationEpisodes)", "--threads",
        run.arm.mode == .serial ? "1" : "0", "--json", absolute(folder.evaluationFile(of: run)), "--nethack",
        absolute(programs.netHack),
      ],
      environment: ["OPENBLAS_NUM_THREADS": "1"])
  }

  var isRunning: Bool { process.status == nil }

  /// Exit status; 128 plus the signal's number if a signal ended the process, as in a shell.
  var status: Int32 { process.waitUntilExit() }

  /// Asks the process to save a checkpoint and end. The second call ends a serial run at once.
  func stop() {
    guard isRunning else { return }
    stopsSent += 1
    // A second signal makes the launcher end its processes at once.
    process.send(stopsSent == 1 || run.arm.mode == .cluster ? SIGTERM : SIGKILL)
  }

  /// The last lines of the process's output.
  func lastLines(_ count: Int) -> [String] {
    guard let data = FileManager.default.contents(atPath: log)?.dropFirst(logStart) else { return [] }
    return String(decoding: data, as: UTF8.self).split(separator: "\n").suffix(count).map(String.init)
  }

  private static func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
  }
}

/// The programs that an experiment starts, and the game that they need.
public struct ExperimentPrograms: Sendable {
  public var tengu: String
  /// scripts/launch.sh, for arms of mode "cluster".
  public var launcher = "scripts/launch.sh"
  /// The folder of libnethack.so.
  public var netHack: String

  public init(tengu: String, netHack: String) {
    self.tengu = tengu
    self.netHack = netHack
  }
}
