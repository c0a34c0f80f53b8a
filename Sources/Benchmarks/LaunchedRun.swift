import Foundation
import Runtime
import Telemetry
import Transport

/// A run as a user starts it, in a temporary run directory: scripts/launch.sh with a process for each role, or
/// `tengu serial` on one thread. Releasing this object ends the processes of the run.
final class LaunchedRun {
  static let name = "bench"
  private static let startSeconds = 120.0
  private static let stopSeconds = 40.0

  private let launcher: ChildProcess
  private let runs: String
  private var directory: String { "\(runs)/\(Self.name)" }

  enum Form { case launched, serial }

  /// - Parameters:
  ///   - program: the `tengu` to run.
  ///   - overrides: section.field=value.
  /// - Throws: `BenchmarkError` with the end of the log if the run has not trained within two minutes.
  init(
    _ form: Form = .launched, program: String, configuration: String, overrides: [String], netHackDirectory: String
  ) throws {
    runs = NSTemporaryDirectory() + "/tengu-bench-\(UUID().uuidString)"
    do {
      try FileManager.default.createDirectory(atPath: runs, withIntermediateDirectories: true)
      try Data().write(to: URL(fileURLWithPath: "\(runs)/log"))
      let log = try FileHandle(forWritingTo: URL(fileURLWithPath: "\(runs)/log"))
      defer { try? log.close() }
      // Overrides that all systems share need not have an effect in each of them.
      let named = ["--arm", "--name", Self.name]
      var call =
        switch form {
        case .launched: ProgramCall("scripts/launch.sh", [configuration] + named + overrides)
        case .serial:
          ProgramCall(
            program,
            ["serial", "--config", "cluster/configs/\(configuration).toml", "--runs", runs] + named
              + ["--nethack", Self.absolute(netHackDirectory)] + overrides)
        }
      call.environment = [
        "TENGU_BINARY": program, "TENGU_RUNS": runs, "TENGU_NETHACK": Self.absolute(netHackDirectory),
      ]
      launcher = try ChildProcess(
        call, output: .descriptor(log.fileDescriptor), errors: .descriptor(log.fileDescriptor))
    } catch {
      throw BenchmarkError("the run did not start: \(error)")
    }
    let deadline = MonotonicClock.seconds + Self.startSeconds
    while record()?.step ?? 0 == 0 {
      try Interruption.check()
      guard launcher.status == nil, MonotonicClock.seconds < deadline else {
        throw BenchmarkError("the run did not start: \(logTail)")
      }
      Thread.sleep(forTimeInterval: 0.05)
    }
  }

  /// Sends TERM to the launcher, which ends the processes of the run, and kills those that remain.
  deinit {
    launcher.send(SIGTERM)
    let deadline = MonotonicClock.seconds + Self.stopSeconds
    while launcher.status == nil, MonotonicClock.seconds < deadline { Thread.sleep(forTimeInterval: 0.05) }
    if launcher.status == nil {
      for process in processes.values { kill(process, SIGKILL) }
      launcher.send(SIGKILL)
    }
    _ = launcher.waitUntilExit()
    try? FileManager.default.removeItem(atPath: runs)
  }

  /// The process ids by role, read from the pid files.
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

  /// Waits for the next line of metrics and then reads the usage of the processes.
  /// - Throws: `BenchmarkError` if the run has ended.
  func nextSample() throws -> SystemSample {
    let before = record()?.time ?? 0
    while true {
      try Interruption.check()
      if let record = record(), record.time > before {
        return SystemSample(record: record, usage: processes.compactMapValues { ProcessUsage(of: $0) })
      }
      guard launcher.status == nil else { throw BenchmarkError("the run ended: \(logTail)") }
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

/// A line of a run's metrics, and the usage of its processes at that time.
struct SystemSample: Sendable {
  let record: MetricsRecord
  /// Usage by role: "learner", "worker-1", "annotator".
  let usage: [String: ProcessUsage]
}

/// CPU time and memory of a process, from /proc.
struct ProcessUsage: Sendable, Hashable {
  /// User and system time of all threads.
  var cpuSeconds: Double
  var residentMegabytes: Double

  /// - Returns: nil if the process does not exist.
  init?(of process: Int32) {
    guard let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
      let end = stat.lastIndex(of: ")")
    else { return nil }
    // The name before the parenthesis may contain spaces. User and system time are fields 14 and 15, resident pages 24.
    let fields = stat[stat.index(end, offsetBy: 2)...].split(separator: " ")
    guard fields.count > 21, let user = Double(fields[11]), let system = Double(fields[12]),
      let pages = Double(fields[21])
    else { return nil }
    cpuSeconds = (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    residentMegabytes = pages * Double(sysconf(Int32(_SC_PAGESIZE))) / Double(1 << 20)
  }

  /// CPU seconds of this process so far.
  static var ownCPUSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }
}
