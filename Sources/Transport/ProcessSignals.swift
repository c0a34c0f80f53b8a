import CPlatform
import Glibc

/// SIGINT, SIGTERM and SIGUSR1 as something a poll loop waits for.
///
/// Make it first thing in `main`: it blocks the signals in the calling thread and so in every thread started later. Threads
/// that a library started before pass them on. SIGPIPE is ignored from then on: a role outlives the reader of its lines.
public final class ProcessSignals {
  /// Readable when a signal is pending; for `Poller.add(descriptor:)`.
  public let descriptor: Int32

  public init() throws(TransportError) {
    descriptor = tengu_signal_descriptor()
    if descriptor < 0 { throw .system(operation: "receiving signals", code: errno) }
  }

  deinit { close(descriptor) }

  /// The name of the next pending signal, or nil.
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
