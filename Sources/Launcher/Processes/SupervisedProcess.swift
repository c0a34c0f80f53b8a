import Configuration
import Glibc
import Runtime

/// Which ends of a supervised process are followed by a new start.
enum RestartPolicy: Sendable {
  /// Every status but 0 (told to end) and 64 (a mistake in its arguments, which the next start would repeat).
  case afterFailure
  /// Death by a signal, or the request to be started again: a process that exited otherwise has reported a mistake that
  /// the next start would repeat.
  case afterCrash

  /// - Parameter status: the status as shells report it.
  func restarts(after status: Int32) -> Bool {
    switch self {
    case .afterFailure: status != 0 && status != ExitStatus.mistake
    case .afterCrash: status > 128 || status == ExitStatus.startAgain
    }
  }
}

/// The pauses before a process is started again: 0.25 s, doubled up to 4 s so that a peer that dies often is soon back,
/// 32 s for one that fails at its start again and again, and 0.25 s after some seconds of life.
struct RestartPause {
  private static let firstSeconds = 0.25
  private static let maximumSeconds = 4.0
  private static let patientStarts = 16
  private static let hopelessSeconds = 32.0
  /// A process that lived this long did not fail at its start.
  private static let resetSeconds = 3.0
  private var failedStarts = 0

  /// The pause, in seconds, after a process that lived for `lifetime` seconds.
  mutating func next(afterLifetime lifetime: Double) -> Double {
    if lifetime >= Self.resetSeconds { failedStarts = 0 }
    defer { failedStarts += 1 }
    if failedStarts >= Self.patientStarts { return Self.hopelessSeconds }
    return min(Self.firstSeconds * Double(1 << failedStarts), Self.maximumSeconds)
  }
}

/// A process that is kept running: it is started, started again with growing pauses when it fails, and ended on request.
///
/// While the process runs, its pid file holds its process id. Rule: used by one thread, which calls `advance` often.
final class SupervisedProcess {
  private enum State {
    case running(ChildProcess, since: Double)
    case pausing(until: Double)
    case ended
  }

  let name: String
  private let pidFile: String?
  private let policy: RestartPolicy
  private let start: () throws -> ChildProcess
  /// Receives a line about each end that was not asked for.
  private let note: (String) -> Void
  /// The last line that the process wrote, if it can be known.
  private let lastWords: () -> String?
  private var state = State.ended
  private var pause = RestartPause()
  private var isStopping = false
  /// The status of the latest process that ended, as shells report it.
  private(set) var status: Int32 = 0

  /// Starts the process.
  /// - Throws: what `start` throws.
  init(
    _ name: String, policy: RestartPolicy, pidFile: String? = nil, note: @escaping (String) -> Void,
    lastWords: @escaping () -> String? = { nil }, start: @escaping () throws -> ChildProcess
  ) throws {
    self.name = name
    self.policy = policy
    self.pidFile = pidFile
    self.note = note
    self.lastWords = lastWords
    self.start = start
    try begin(now: MonotonicClock.seconds)
  }

  /// The process id, while the process runs.
  var identifier: pid_t? {
    if case .running(let child, _) = state { return child.identifier }
    return nil
  }

  /// Whether the process has ended and will not be started again.
  var hasEnded: Bool {
    if case .ended = state { return true }
    return false
  }

  private func begin(now: Double) throws {
    let child = try start()
    if let pidFile { writeLine("\(child.identifier)", to: pidFile) }
    state = .running(child, since: now)
  }

  /// Reaps the process if it has ended, and starts it again when its pause is over.
  /// - Parameters:
  ///   - now: seconds of the monotonic clock.
  ///   - mayRestart: whether anything may be started again.
  func advance(now: Double, mayRestart: Bool) {
    switch state {
    case .running(let child, let since):
      guard let status = child.status else { return }
      self.status = status
      if let pidFile { unlink(pidFile) }
      guard mayRestart, !isStopping else { return end() }
      let end = "\(name) ended with status \(status)\(lastWords().map { ": \($0)" } ?? "")"
      guard policy.restarts(after: status) else {
        if status != 0 { note("\(end); it is not started again") }
        return self.end()
      }
      let wait = pause.next(afterLifetime: now - since)
      note("\(end); starting it again in \(ConfigurationRange.bound(wait)) s")
      state = .pausing(until: now + wait)
    case .pausing(let until):
      guard mayRestart, !isStopping else { return end() }
      guard now >= until else { return }
      do {
        try begin(now: now)
      } catch {
        note("\(name) cannot be started again: \(error)")
        end()
      }
    case .ended: break
    }
  }

  private func end() {
    state = .ended
    // A process that was told to end before it handled signals ended as requested.
    if isStopping, status == 128 + SIGTERM { status = 0 }
  }

  /// Sends SIGTERM; the process is not started again.
  func stop() {
    isStopping = true
    if case .running(let child, _) = state { child.send(SIGTERM) }
  }

  /// Sends SIGKILL; the process is not started again.
  func kill() {
    isStopping = true
    if case .running(let child, _) = state { child.send(SIGKILL) }
  }
}
