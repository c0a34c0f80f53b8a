/// Events per second over a sliding window. Time is passed in; memory is fixed.
public struct RateMeter: Sendable {
  /// Parts the window slides by.
  static let bucketCount = 20

  /// Length of the window, in seconds.
  public let windowSeconds: Double
  /// All events so far.
  public private(set) var total = 0
  private var counts = [Int](repeating: 0, count: bucketCount)
  /// Number of the newest bucket since the meter started.
  private var newest = 0
  private let start: Double

  /// - Parameters:
  ///   - windowSeconds: above 0.
  ///   - start: the time from which events are counted, in seconds of any clock that does not go back.
  public init(windowSeconds: Double = 10, start: Double) {
    precondition(windowSeconds > 0, "a rate needs a window")
    self.windowSeconds = windowSeconds
    self.start = start
  }

  /// Counts `count` events at `now`, in seconds of the same clock.
  public mutating func record(_ count: Int, at now: Double) {
    let bucket = max(newest, bucket(at: now))
    if bucket > newest {
      for number in max(newest + 1, bucket - Self.bucketCount + 1)...bucket { counts[number % Self.bucketCount] = 0 }
    }
    newest = bucket
    counts[bucket % Self.bucketCount] += count
    total += count
  }

  /// The rate at `now`; nil before any time has passed.
  public func perSecond(at now: Double) -> Double? {
    let bucket = max(newest, bucket(at: now))
    let oldest = max(0, bucket - Self.bucketCount + 1)
    let seconds = now - (start + Double(oldest) * bucketSeconds)
    guard seconds > 0 else { return nil }
    guard oldest <= newest else { return 0 }
    var sum = 0
    for number in max(oldest, newest - Self.bucketCount + 1)...newest { sum += counts[number % Self.bucketCount] }
    return Double(sum) / seconds
  }

  private var bucketSeconds: Double { windowSeconds / Double(Self.bucketCount) }

  private func bucket(at now: Double) -> Int { max(0, Int((now - start) / bucketSeconds)) }
}
