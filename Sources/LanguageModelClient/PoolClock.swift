/// Seconds since the pool was made, which only go forward: the time that its state machines are told.
struct PoolClock: Sendable {
  /// Longer sleeps are cut; nothing here waits so long.
  private static let maximumSleepSeconds = 86_400.0

  private let read: @Sendable () -> Double

  init() {
    let start = ContinuousClock.now
    read = { (ContinuousClock.now - start) / .seconds(1) }
  }

  /// - Parameter read: tells the time, never an earlier one than before.
  init(reading read: @escaping @Sendable () -> Double) { self.read = read }

  var now: Double { read() }

  /// - Throws: `CancellationError`.
  func sleep(until time: Double) async throws {
    let seconds = min(max(time - now, 0), Self.maximumSleepSeconds)
    try await Task.sleep(for: .seconds(seconds))
  }
}
