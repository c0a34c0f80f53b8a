import CPlatform
import Glibc
import Synchronization

/// SIGINT, SIGTERM, SIGHUP and SIGUSR1 as events that a poll loop waits for.
///
/// Create it first in `main`: it blocks the signals in the calling thread, and every thread started later inherits that.
/// Threads that a library started earlier forward the signals. SIGPIPE is ignored from then on, so that a process survives
/// the reader of its output.
public final class ProcessSignals {
  /// The name of the signal that asks a learner to end for a new start: SIGUSR1, which schedulers send before they requeue
  /// a job.
  public static let restart = "SIGUSR1"

  /// Readable while a signal is pending; for `Poller.add(descriptor:)`.
  public let descriptor: Int32

  public init() throws(SystemError) {
    descriptor = tengu_signal_descriptor()
    if descriptor < 0 { throw SystemError(operation: "signalfd", code: errno) }
  }

  deinit { close(descriptor) }

  /// Removes the next pending signal and returns its name; nil if none is pending.
  public func next() -> String? {
    switch tengu_next_signal(descriptor) {
    case 0: nil
    case SIGINT: "SIGINT"
    case SIGTERM: "SIGTERM"
    case SIGHUP: "SIGHUP"
    case SIGUSR1: Self.restart
    case let number: "signal \(number)"
    }
  }
}

/// A counter of SIGINT, SIGTERM and SIGHUP for commands that must end their child processes before they end themselves.
///
/// Unlike `ProcessSignals` it does not block the signals: child processes would inherit the block and could not be
/// interrupted.
public enum Interruption {
  private static let counter = SignalCounter()

  /// Counts signals from now on; call it before starting a process. A SIGHUP that the caller ignores, as under `nohup`,
  /// stays ignored.
  public static func watch() {
    _ = counter.value  // A handler must find the counter made.
    let handler: @convention(c) (Int32) -> Void = { _ in Interruption.counter.count(at: MonotonicClock.seconds) }
    for number in [SIGINT, SIGTERM, SIGHUP] {
      let before = signal(number, handler)
      if number == SIGHUP, unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) {
        signal(number, SIG_IGN)
      }
    }
  }

  /// Requests to end that have arrived. Signals within two seconds are one request.
  public static var count: Int { counter.value }
}

/// Counts signals, those within two seconds as one: `timeout` and schedulers signal a process and then its group, so a
/// process receives one request twice.
///
/// Lock-free, because signal handlers call it on any thread.
final class SignalCounter: Sendable {
  static let sameRequestSeconds = 2.0

  private let signals = Atomic(0)
  /// When the latest counted signal arrived, in nanoseconds of the monotonic clock.
  private let latest = Atomic(Int.min)

  var value: Int { signals.load(ordering: .acquiring) }

  /// - Parameter seconds: when the signal arrived, by the monotonic clock.
  func count(at seconds: Double) {
    let now = Int(seconds * 1e9)
    let before = latest.load(ordering: .relaxed)
    guard before == .min || now - before >= Int(Self.sameRequestSeconds * 1e9) else { return }
    // Of two handlers that run at once, one counts.
    guard latest.compareExchange(expected: before, desired: now, ordering: .relaxed).exchanged else { return }
    signals.wrappingAdd(1, ordering: .releasing)
  }
}
