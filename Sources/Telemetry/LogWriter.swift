import Glibc
import Synchronization

/// A role's log: one line an event, to a file and to a stream.
///
/// `2026-01-31T23:59:59.123Z info    message`. Any thread may write; lines are never mixed. A message's control
/// characters are escaped, so that a caption or a peer's name can neither forge a line nor drive a terminal. A log
/// cannot fail its caller: lines that could not be written are counted. (A stream whose reader is gone raises SIGPIPE,
/// which a role ignores for the sake of all its descriptors.)
public final class LogWriter: Sendable {
  private struct State {
    var progress: ProgressLine?
    var lostLines = 0
  }

  private let file: LineDescriptor?
  private let stream: LineDescriptor?
  private let minimumLevel: LogLevel
  private let now: @Sendable () -> Double
  private let state: Mutex<State>

  /// - Parameters:
  ///   - file: path of a file to append to, or nil.
  ///   - stream: descriptor to write to as well, such as standard output, or nil. It is not closed.
  ///   - minimumLevel: events below it are left out.
  ///   - now: seconds since 1970.
  /// - Throws: `TelemetryError` if the file cannot be opened.
  public init(
    file: String? = nil, stream: Int32? = STDERR_FILENO, minimumLevel: LogLevel = .info,
    now: @escaping @Sendable () -> Double = { Timestamp.now() }
  ) throws(TelemetryError) {
    if let file { self.file = try LineDescriptor.append(to: file) } else { self.file = nil }
    self.stream = stream.map { LineDescriptor(number: $0) }
    self.minimumLevel = minimumLevel
    self.now = now
    state = Mutex(State(progress: stream.flatMap { ProgressLine(terminal: $0) }))
  }

  deinit {
    if let file { close(file.number) }
  }

  /// Writes one event.
  public func log(_ level: LogLevel, _ message: String) {
    guard level >= minimumLevel else { return }
    let line = "\(Timestamp.utc(now())) \(level.column) \(Self.escaped(message))\n"
    state.withLock { state in
      var failed = false
      if let file, file.write(line) != 0 { failed = true }
      if let stream, stream.write((state.progress?.erase() ?? "") + line) != 0 { failed = true }
      if failed { state.lostLines += 1 }
    }
  }

  public func debug(_ message: String) { log(.debug, message) }
  public func info(_ message: String) { log(.info, message) }
  public func warning(_ message: String) { log(.warning, message) }
  public func error(_ message: String) { log(.error, message) }

  /// Redraws the progress line in place. Does nothing unless the stream is a terminal.
  public func draw(progress text: String) {
    state.withLock { state in
      guard let stream, let drawing = state.progress?.draw(Self.escaped(text)) else { return }
      _ = stream.write(drawing)
    }
  }

  /// Takes the progress line away, as at the end of a run.
  public func eraseProgress() {
    state.withLock { state in
      guard let stream, let erasure = state.progress?.erase(), !erasure.isEmpty else { return }
      _ = stream.write(erasure)
    }
  }

  /// Lines that a full disk or a closed stream has swallowed.
  public var lostLines: Int { state.withLock { $0.lostLines } }

  /// `text` on one line and without control characters.
  static func escaped(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case let scalar where isControl(scalar): result += "\\u{\(String(scalar.value, radix: 16))}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// C0, delete, C1, and the separators that some viewers break lines at.
  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 32 || (127...159).contains(scalar.value) || scalar == "\u{2028}" || scalar == "\u{2029}"
  }
}
