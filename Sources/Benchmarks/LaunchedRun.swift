import Foundation
import Runtime
import Telemetry
import Transport

/// A run as a user starts it, in a temporary run directory: by scripts/launch.sh, with learner, worker and annotator in
/// processes of their own, or by `tengu serial` on one thread. It is ended, by process id, with this object.
final class LaunchedRun {
  static let name = "bench"
  private static let startSeconds = 120.0
  private static let stopSeconds = 40.0

  private let launcher = Process()
  private let runs: String
  private var directory: String { "\(runs)/\(Self.name)" }

  enum Form { case launched, serial }

  /// - Parameters:
  ///   - program: the `tengu` to run.
  ///   - overrides: section.field=value.
  /// - Throws: `BenchmarkError` with the launcher's log when nothing is trained from within two minutes.
  init(
    _ form: Form = .launched, program: String, configuration: String, overrides: [String], netHackDirectory: String
  ) throws {
    runs = NSTemporaryDirectory() + "/tengu-bench-\(UUID().uuidString)"
    do {
      try FileManager.default.createDirectory(atPath: runs, withIntermediateDirectories: true)
      try Data().write(to: URL(fileURLWithPath: "\(runs)/log"))
      let log = FileHandle(forWritingAtPath: "\(runs)/log")
      switch form {
      case .launched:
        launcher.executableURL = URL(fileURLWithPath: "scripts/launch.sh")
        launcher.arguments = [configuration, "--name", Self.name] + overrides
      case .serial:
        launcher.executableURL = URL(fileURLWithPath: program)
        launcher.arguments =
          ["serial", "--config", "cluster/configs/\(configuration).toml", "--name", Self.name, "--runs", runs]
          + ["--nethack", Self.absolute(netHackDirectory)] + overrides
      }
      launcher.environment = ProcessInfo.processInfo.environment.merging(
        ["TENGU_BINARY": program, "TENGU_RUNS": runs, "TENGU_NETHACK": Self.absolute(netHackDirectory)]) { $1 }
      launcher.standardInput = FileHandle.nullDevice
      launcher.standardOutput = log
      launcher.standardError = log
      try launcher.run()
    } catch {
      throw BenchmarkError("cannot run \(launcher.executableURL?.path ?? ""): \(error)")
    }
    let deadline = MonotonicClock.seconds + Self.startSeconds
    while record()?.step ?? 0 == 0 {
      try Interruption.check()
      guard launcher.isRunning, MonotonicClock.seconds < deadline else {
        throw BenchmarkError("the run did not start: \(logTail)")
      }
      Thread.sleep(forTimeInterval: 0.05)
    }
  }

  /// Asks the launcher, which ends the processes of the run; then whoever is left is killed.
  deinit {
    if launcher.isRunning { launcher.terminate() }
    let deadline = MonotonicClock.seconds + Self.stopSeconds
    while launcher.isRunning, MonotonicClock.seconds < deadline { Thread.sleep(forTimeInterval: 0.05) }
    if launcher.isRunning {
      for process in processes.values { kill(process, SIGKILL) }
      kill(launcher.processIdentifier, SIGKILL)
    }
    launcher.waitUntilExit()
    try? FileManager.default.removeItem(atPath: runs)
  }

  /// The processes by role, as their pid files name them.
  var processes: [String: Int32] {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    var result: [String: Int32] = [:]
    for file in files where file.hasSuffix(".pid") {
      let text = (try? String(contentsOfFile: "\(directory)/\(file)", encoding: .utf8)) ?? ""
      result[String(file.dropLast(".pid".count))] = Int32(text.trimmingCharacters(in: .whitespacesAndNewlines))
    }
    return result
  }

  /// The newest line of the run's metrics.
  func record() -> MetricsRecord? { try? MetricsFile.lastRecord(of: "\(directory)/metrics.jsonl") }

  /// Waits for the next line of metrics and looks at the processes when it has come.
  /// - Throws: `BenchmarkError` when the run has ended.
  func nextSample() throws -> SystemSample {
    let before = record()?.time ?? 0
    while true {
      try Interruption.check()
      if let record = record(), record.time > before {
        return SystemSample(record: record, usage: processes.compactMapValues { ProcessUsage(of: $0) })
      }
      guard launcher.isRunning else { throw BenchmarkError("the run ended: \(logTail)") }
      Thread.sleep(forTimeInterval: 0.01)
    }
  }

  private var logTail: String {
    let text = (try? String(contentsOfFile: "\(runs)/log", encoding: .utf8)) ?? ""
    return text.split(separator: "\n").suffix(3).joined(separator: " / ")
  }

  private static func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
  }
}

/// A line of a run's metrics, and what its processes had used when it was written.
struct SystemSample: Sendable {
  let record: MetricsRecord
  /// By role: "learner", "worker-1", "annotator".
  let usage: [String: ProcessUsage]
}
