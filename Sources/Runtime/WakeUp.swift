import CPlatform
import Glibc

/// A system call that failed.
public struct SystemError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What the program tried to do, for instance "starting a thread".
  public let operation: String
  /// The error number (errno).
  public let code: Int32

  public init(operation: String, code: Int32) {
    self.operation = operation
    self.code = code
  }

  public var description: String { "\(operation) failed: \(String(cString: strerror(code)))" }
}

/// Lets any thread end the wait of a poll loop. Several signals before one `clear` count as one.
public final class WakeUp: Sendable {
  /// The event descriptor. It is readable from `signal` until `clear`.
  public let descriptor: Int32

  /// - Throws: `SystemError` if the process has no descriptors left.
  public init() throws(SystemError) {
    descriptor = tengu_event_descriptor()
    if descriptor < 0 { throw SystemError(operation: "eventfd", code: errno) }
  }

  deinit { close(descriptor) }

  /// Makes every poller that waits for this object ready.
  public func signal() { tengu_event_signal(descriptor) }

  /// Resets the event. The loop that woke up calls this before it looks for work, so that no signal is lost.
  public func clear() { tengu_event_clear(descriptor) }
}
