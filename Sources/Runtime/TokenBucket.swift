/// A token bucket: a rate of units per second on average, with bursts of at most one second's units (at least 1).
///
/// It has no clock: the caller passes the time.
public struct TokenBucket: Sendable {
  private let perSecond: Double
  private let capacity: Double
  private var level: Double
  /// The latest time seen, in seconds.
  private var latest = -Double.infinity

  /// - Parameter perSecond: units per second; above 0.
  public init(perSecond: Double) {
    precondition(perSecond > 0 && perSecond.isFinite, "a rate must be positive and finite, not \(perSecond)")
    self.perSecond = perSecond
    capacity = max(1, perSecond)
    level = capacity
  }

  /// Whole units that the caller may take at time `now`, in seconds. If the clock steps back, the level stays as it is.
  public mutating func available(now: Double) -> Int {
    if now > latest {
      level = min(capacity, level + (now - latest) * perSecond)
      latest = now
    }
    return Int(level)
  }

  /// Removes units.
  /// - Parameter count: at most the latest result of `available`.
  public mutating func take(_ count: Int) { level -= Double(count) }
}
