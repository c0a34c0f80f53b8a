import Glibc
import Runtime
import Synchronization

/// The importance of a log event.
public enum LogLevel: Sendable {
  case info, warning, error

  /// The name, padded so that messages line up.
  var column: String {
    switch self {
    case .info: "info   "
    case .warning: "warning"
    case .error: "error  "
    }
  }
}

/// A role's log: one line an event, to a file and to a stream.
///
/// `2026-01-31T23:59:59.123Z info    message`. Any thread may write; lines are never mixed. A message's control
/// characters are escaped, so that a caption or a peer's name can neither forge a line nor drive a terminal. A log
/// cannot fail its caller: lines that the file's disk does not take wait (see `LineFile`), and the others are counted.
/// (A stream without reader raises SIGPIPE, which every role ignores.)
public final class LogWriter: Sendable {
  private struct State {
    var progress: ProgressLine?
    var file: LineFile?
    /// Lines that the stream did not take.
    var lostOfStream = 0
    /// The newest events, the newest last.
    var recent: [String] = []
  }

  /// Events that `recentEvents` has at most, and bytes of each.
  private static let recentEvents = (count: 12, bytes: 400)

  private let stream: LineDescriptor?
  private let now: @Sendable () -> Double
  private let clock: @Sendable () -> Double
  private let state: Mutex<State>

  /// - Parameters:
  ///   - file: path of a file to append to, or nil.
  ///   - stream: descriptor to write to as well, such as standard output, or nil. It is not closed.
  ///   - now: seconds since 1970.
  ///   - clock: monotonic seconds, for the pauses between attempts to write to a full disk.
  /// - Throws: `FileError` if the file cannot be opened.
  public init(
    file: String? = nil, stream: Int32? = STDERR_FILENO, files: any FileSystem = PosixFileSystem(),
    now: @escaping @Sendable () -> Double = { Timestamp.now() },
    clock: @escaping @Sendable () -> Double = { MonotonicClock.seconds }
  ) throws(FileError) {
    var lines: LineFile?
    if let file { lines = LineFile(try files.openForAppending(file), subject: "lines of the log") }
    self.stream = stream.map { LineDescriptor(number: $0) }
    self.now = now
    self.clock = clock
    state = Mutex(State(progress: stream.flatMap { ProgressLine(terminal: $0) }, file: lines))
  }

  /// Writes one event.
  /// - Parameter isRegular: whether it is a line that appears at intervals, which `recentEvents` leaves out.
  public func log(_ level: LogLevel, _ message: String, isRegular: Bool = false) {
    let line = line(level, message)
    state.withLock { state in
      if !isRegular {
        if state.recent.count >= Self.recentEvents.count { state.recent.removeFirst() }
        state.recent.append(String(decoding: line.utf8.dropLast().prefix(Self.recentEvents.bytes), as: UTF8.self))
      }
      let notice = state.file?.write(line, now: clock())
      show(line, &state)
      if let notice { tell(notice, &state) }
    }
  }

  /// Tries to write the lines that wait for a full disk, as at the end of a run.
  /// - Returns: how many lines the file lacks.
  @discardableResult
  public func flush() -> Int {
    state.withLock { state in
      if let notice = state.file?.flush(now: clock()) { tell(notice, &state) }
      return (state.file?.waitingLines ?? 0) + (state.file?.droppedLines ?? 0)
    }
  }

  private func line(_ level: LogLevel, _ message: String) -> String {
    "\(Timestamp.utc(now())) \(level.column) \(message.printable)\n"
  }

  private func show(_ line: String, _ state: inout State) {
    guard let stream else { return }
    if stream.write((state.progress?.erase() ?? "") + line) != 0 { state.lostOfStream += 1 }
  }

  /// Logs that the file cannot be written or can be again; the line itself may have to wait.
  private func tell(_ notice: String, _ state: inout State) {
    let line = line(.warning, notice)
    _ = state.file?.write(line, now: clock())
    show(line, &state)
  }

  public func info(_ message: String) { log(.info, message) }
  public func warning(_ message: String) { log(.warning, message) }
  public func error(_ message: String) { log(.error, message) }

  /// Redraws the progress line in place. Does nothing unless the stream is a terminal.
  public func draw(progress text: String) {
    state.withLock { state in
      guard let stream, let drawing = state.progress?.draw(text.printable) else { return }
      _ = stream.write(drawing)
    }
  }

  /// Erases the progress line, as at the end of a run.
  public func eraseProgress() {
    state.withLock { state in
      guard let stream, let erasure = state.progress?.erase(), !erasure.isEmpty else { return }
      _ = stream.write(erasure)
    }
  }

  /// The newest events as they are in the log, the newest last, without regular lines.
  public var recentEvents: [String] { state.withLock { $0.recent } }

  /// Lines that are missing because a stream was closed or a disk is full. Those that wait for the disk count, too.
  public var lostLines: Int {
    state.withLock { $0.lostOfStream + ($0.file?.droppedLines ?? 0) + ($0.file?.waitingLines ?? 0) }
  }

  /// Attempts to write to the file that failed.
  public var failures: Int { state.withLock { $0.file?.failures ?? 0 } }
}

/// Keeps events that any peer can cause from filling the log: a few lines an interval, then only their number.
public struct LogLimiter: Sendable {
  /// Lines that may be written in an interval.
  public let limit: Int
  public let intervalSeconds: Double
  private var intervalStart = -Double.infinity
  private var count = 0

  public init(limit: Int = 5, intervalSeconds: Double = 10) {
    self.limit = limit
    self.intervalSeconds = intervalSeconds
  }

  /// Decides on an event at `now` (seconds of any clock that does not go back).
  /// - Returns: whether it may be written, and how many events were held back in the interval that it ends.
  public mutating func admit(at now: Double) -> (write: Bool, heldBack: Int) {
    var heldBack = 0
    if now - intervalStart >= intervalSeconds {
      heldBack = max(0, count - limit)
      intervalStart = now
      count = 0
    }
    count += 1
    return (count <= limit, heldBack)
  }
}

/// Wall-clock time.
public enum Timestamp {
  /// Seconds since 1970.
  public static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }

  /// "2026-01-31T23:59:59.123Z"
  public static func utc(_ seconds: Double) -> String {
    let milliseconds = Int((seconds * 1000).rounded(.down))
    var whole = time_t(milliseconds / 1000)
    var parts = tm()
    gmtime_r(&whole, &parts)
    let date = "\(parts.tm_year + 1900)-\(padded(parts.tm_mon + 1, 2))-\(padded(parts.tm_mday, 2))"
    let time = "\(padded(parts.tm_hour, 2)):\(padded(parts.tm_min, 2)):\(padded(parts.tm_sec, 2))"
    return "\(date)T\(time).\(padded(Int32(milliseconds % 1000), 3))Z"
  }

  private static func padded(_ value: Int32, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
