import Synchronization

/// Calls back once, at the earliest of the requested times.
final class WakeUpTimer: Sendable {
  private struct State {
    var due: Double?
    var sleep: Task<Void, Never>?
  }

  private let clock: PoolClock
  private let state = Mutex(State())

  init(_ clock: PoolClock) { self.clock = clock }

  deinit { state.withLock { $0.sleep?.cancel() } }

  /// - Parameter fire: called from any thread, unless an earlier time is armed; the earlier call must arm the timer
  ///   again.
  func arm(at time: Double, _ fire: @escaping @Sendable () -> Void) {
    state.withLock { state in
      if let due = state.due, due <= time { return }
      state.sleep?.cancel()
      state.due = time
      state.sleep = Task { [clock, weak self] in
        do { try await clock.sleep(until: time) } catch { return }
        guard self?.disarm(time) == true else { return }
        fire()
      }
    }
  }

  private func disarm(_ time: Double) -> Bool {
    state.withLock { state in
      guard state.due == time else { return false }
      state.due = nil
      return true
    }
  }
}

/// Monotonic seconds since the creation of the pool, for its state machines.
struct PoolClock: Sendable {
  /// Longest sleep; nothing in this module waits longer.
  private static let maximumSleepSeconds = 86_400.0

  private let read: @Sendable () -> Double

  init() {
    let start = ContinuousClock.now
    read = { (ContinuousClock.now - start) / .seconds(1) }
  }

  /// - Parameter read: returns the time; it never decreases.
  init(reading read: @escaping @Sendable () -> Double) { self.read = read }

  var now: Double { read() }

  /// - Throws: `CancellationError`.
  func sleep(until time: Double) async throws {
    let seconds = min(max(time - now, 0), Self.maximumSleepSeconds)
    try await Task.sleep(for: .seconds(seconds))
  }
}
