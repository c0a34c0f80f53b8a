import Glibc
import Runtime
import Synchronization

/// A TensorBoard event file: each metric as a scalar, the returns of the episodes as histograms, the newest labels as a
/// text. Every session of a run has a file of its own in the run's folder `tensorboard`; `tensorboard --logdir runs`
/// shows all runs.
///
/// Records that the disk does not take wait in memory; see `LineFile`.
public final class EventFile: MetricsSink {
  private struct State {
    var file: LineFile
    /// Whether the next record follows those of an earlier session.
    var continues: Bool
    /// What the caller has not been told yet.
    var notice: String?
  }

  /// The file.
  public let path: String
  private let state: Mutex<State>

  /// Creates the folder if it does not exist, and the file.
  /// - Parameters:
  ///   - session: the learner's session; a later one than the first replaces earlier values from its first step on.
  ///   - time: seconds since 1970.
  /// - Throws: `FileError` naming the folder or file.
  public init(
    folder: String, session: Int, time: Double, host: String, process: Int32 = getpid(),
    files: any FileSystem = PosixFileSystem()
  ) throws(FileError) {
    if !files.exists(folder) { try files.createDirectory(folder) }
    // Names end with a number, so that two sessions of one second and process have files of their own.
    let name = "events.out.tfevents.\(Int(saturating: time)).\(Self.plain(host)).\(process).\(session)"
    path = "\(folder)/\(name)"
    var file = LineFile(try files.openForAppending(path), subject: "TensorBoard's events")
    let notice = file.write(EventRecord.version(time: time), now: 0)
    state = Mutex(State(file: file, continues: session > 1, notice: notice))
  }

  public func write(_ sample: MetricsSample, now: Double) -> String? {
    let record = EventRecord.values(of: sample)
    return state.withLock { state in
      defer { state.notice = nil }
      if state.continues {
        let start = EventRecord.sessionStart(time: sample.record.time, step: sample.record.step)
        state.notice = state.file.write(start, now: now) ?? state.notice
        state.continues = false
      }
      return state.file.write(record, now: now) ?? state.notice
    }
  }

  public func close(now: Double) -> Int {
    state.withLock {
      _ = $0.file.flush(now: now)
      return $0.file.waitingLines + $0.file.droppedLines
    }
  }

  public var failures: Int { state.withLock { $0.file.failures } }

  /// A host's name as a part of a file name.
  private static func plain(_ host: String) -> String {
    String(host.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == ".") ? $0 : "-" })
  }
}
