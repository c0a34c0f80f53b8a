import CPlatform
import Glibc

/// Lets any thread end a poll loop's wait. Signals that come before `clear` count as one.
public final class WakeUp: Sendable {
  let descriptor: Int32

  /// - Throws: `TransportError.system` when the process is out of descriptors.
  public init() throws(TransportError) {
    descriptor = tengu_event_descriptor()
    if descriptor < 0 { throw .system(operation: "eventfd", code: errno) }
  }

  deinit { close(descriptor) }

  /// Makes a poller that waits for this ready.
  public func signal() { tengu_event_signal(descriptor) }

  /// To be called by the loop that was woken, before it looks for what it was woken for.
  public func clear() { tengu_event_clear(descriptor) }
}
