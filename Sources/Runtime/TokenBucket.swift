/// A token bucket: a rate of units per second on average, with bursts.
///
/// It has no clock: the caller passes the time.
public struct TokenBucket: Sendable {
  private let perSecond: Double
  private let capacity: Double
  private var level: Double
  /// The latest time seen, in seconds.
  private var latest = -Double.infinity

  /// - Parameters:
  ///   - perSecond: units per second; above 0.
  ///   - burst: units that may be taken at once after a pause; nil for those of one second, and at least 1.
  public init(perSecond: Double, burst: Int? = nil) {
    precondition(perSecond > 0 && perSecond.isFinite, "a rate must be positive and finite, not \(perSecond)")
    self.perSecond = perSecond
    capacity = max(1, burst.map(Double.init) ?? perSecond)
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
