/// Keeps events that strangers can cause from filling the log: a few lines an interval, then only their number.
public struct LogLimiter: Sendable {
  /// Lines an interval.
  public let limit: Int
  public let intervalSeconds: Double
  private var intervalStart = -Double.infinity
  private var count = 0

  public init(limit: Int = 5, intervalSeconds: Double = 10) {
    self.limit = limit
    self.intervalSeconds = intervalSeconds
  }

  /// What to do with an event at `now` (seconds of any clock that does not go back).
  /// - Returns: whether it may be written, and how many were held back in the interval that ended with it.
  public mutating func admit(at now: Double) -> (write: Bool, heldBack: Int) {
    var heldBack = 0
    if now - intervalStart >= intervalSeconds {
      heldBack = max(0, count - limit)
      intervalStart = now
      count = 0
    }
    count += 1
    return (count <= limit, heldBack)
  }
}
