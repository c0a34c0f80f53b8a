import CPlatform
import Glibc
import Synchronization

/// SIGINT, SIGTERM and SIGUSR1 as events that a poll loop waits for.
///
/// Create it first in `main`: it blocks the signals in the calling thread, and every thread started later inherits that.
/// Threads that a library started earlier forward the signals. SIGPIPE is ignored from then on, so that a process survives
/// the reader of its output.
public final class ProcessSignals {
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
    case SIGUSR1: "SIGUSR1"
    case let number: "signal \(number)"
    }
  }
}

/// A counter of SIGINT, SIGTERM and SIGHUP for commands that must end their child processes before they end themselves.
///
/// Unlike `ProcessSignals` it does not block the signals: child processes would inherit the block and could not be
/// interrupted.
public enum Interruption {
  private static let signals = Atomic(0)

  /// Installs the handlers. Call it once, before the first child process starts.
  public static func watch() {
    for number in [SIGINT, SIGTERM, SIGHUP] {
      signal(number) { _ in Interruption.signals.wrappingAdd(1, ordering: .relaxed) }
    }
  }

  /// Number of signals since `watch`.
  public static var count: Int { signals.load(ordering: .relaxed) }
}
