import Foundation
import Runtime
import Synchronization
import Transport

/// Asks a service on another thread to end, and wakes its poll loop.
final class StopSignal: Sendable {
  let wake: WakeUp
  private let requested = Atomic<Bool>(false)

  init() throws { wake = try WakeUp() }

  func request() {
    requested.store(true, ordering: .sequentiallyConsistent)
    wake.signal()
  }

  var isRequested: Bool { requested.load(ordering: .sequentiallyConsistent) }
}

/// A thread that runs a service until the service ends or the test asks it to. It takes the place of a process.
final class ServiceThread: Sendable {
  let stop: StopSignal
  private let outcome = Mutex<Result<Void, any Error>?>(nil)
  private let ended = DispatchSemaphore(value: 0)

  init(_ body: @escaping @Sendable (StopSignal) throws -> Void) throws {
    stop = try StopSignal()
    let thread = Thread { [self] in
      let result = Result { try body(stop) }
      outcome.withLock { $0 = result }
      ended.signal()
    }
    thread.stackSize = 8 << 20
    thread.start()
  }

  var hasEnded: Bool { outcome.withLock { $0 != nil } }

  /// Waits for the service's end.
  /// - Throws: what ended it.
  func join() throws {
    guard ended.wait(timeout: .now() + 60) == .success else { throw Timeout(what: "the service's end") }
    ended.signal()
    try outcome.withLock { try $0?.get() }
  }
}

/// A condition that did not hold in time.
struct Timeout: Error {
  let what: String
}

/// Waits until `condition` holds. The bound only ends tests that have failed already.
func wait(until what: String, seconds: Double = 60, _ condition: () throws -> Bool) throws {
  let deadline = MonotonicClock.seconds + seconds
  while try !condition() {
    guard MonotonicClock.seconds < deadline else { throw Timeout(what: what) }
    usleep(2000)
  }
}
