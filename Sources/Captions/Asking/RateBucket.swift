/// A token bucket: so much a second on average, and no more at once than one second's worth (at least 1).
struct RateBucket: Sendable {
  private let perSecond: Double
  private let capacity: Double
  private var level: Double
  /// The latest time seen, in seconds.
  private var latest = -Double.infinity

  /// - Parameter perSecond: above 0.
  init(perSecond: Double) {
    precondition(perSecond > 0 && perSecond.isFinite, "a rate is above 0 and finite")
    self.perSecond = perSecond
    capacity = max(1, perSecond)
    level = capacity
  }

  /// Whole units that may be taken at this time. A clock that steps back gives nothing and takes nothing.
  mutating func available(now: Double) -> Int {
    if now > latest {
      level = min(capacity, level + (now - latest) * perSecond)
      latest = now
    }
    return Int(level)
  }

  /// - Parameter count: at most what `available` returned.
  mutating func take(_ count: Int) { level -= Double(count) }
}
