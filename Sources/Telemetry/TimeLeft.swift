import Runtime

/// Estimates how long work still takes, from the share that is done and the time it took.
public struct TimeLeft: Sendable {
  /// Shares below which an estimate would be a guess.
  private static let leastShare = 0.01

  private let start: Double
  private let startShare: Double

  /// - Parameters:
  ///   - now: monotonic seconds.
  ///   - share: what was done before, 0 to 1.
  public init(now: Double = MonotonicClock.seconds, share: Double = 0) {
    start = now
    startShare = share
  }

  /// Seconds until all is done at the rate so far; nil while too little is done to tell.
  /// - Parameter share: what is done by now, 0 to 1.
  public func seconds(share: Double, now: Double = MonotonicClock.seconds) -> Double? {
    let done = share - startShare
    guard done >= Self.leastShare, share <= 1 else { return nil }
    return max(0, now - start) * (1 - share) / done
  }
}
