/// Keeps work to a share of one core in the long run, with a reserve for bursts: after a quiet time, or at the beginning,
/// when a model has everything to learn, work goes on without a rest. Time is passed in.
struct WorkBudget: Sendable {
  /// CPU seconds that may be spent at once after a long rest.
  static let reserveSeconds = 1.0

  /// Of one core, above 0.
  let share: Double
  /// CPU seconds that may be spent now; negative = to be rested off.
  private var balance = WorkBudget.reserveSeconds
  private var latest: Double

  /// - Parameter now: seconds on any monotonic clock.
  init(share: Double, now: Double) {
    self.share = share
    latest = now
  }

  /// Takes in that work took `spent` CPU seconds until `now`.
  /// - Returns: seconds to rest before the next piece of work.
  mutating func rest(after spent: Double, now: Double) -> Double {
    balance = min(balance + (now - latest) * share, Self.reserveSeconds) - spent
    latest = now
    return balance < 0 ? -balance / share : 0
  }
}
