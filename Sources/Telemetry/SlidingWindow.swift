/// Events per second over a sliding window. Time is passed in; memory is fixed.
public struct RateMeter: Sendable {
  /// Parts of the window; it slides by one part at a time.
  static let bucketCount = 20

  /// Length of the window, in seconds.
  public let windowSeconds: Double
  private var counts = [Int](repeating: 0, count: bucketCount)
  /// Number of the newest bucket since the meter started.
  private var newest = 0
  private let start: Double

  /// - Parameters:
  ///   - windowSeconds: above 0.
  ///   - start: the time from which events are counted, in seconds of any monotonic clock.
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

/// Means over the last episodes. Memory is fixed.
public struct EpisodeWindow: Sendable {
  private struct Episode {
    var episodeReturn: Double
    var length: Int
    var succeeded: Bool
  }

  /// The means are over this many episodes at most.
  public let capacity: Int
  private var episodes: [Episode] = []
  /// Where the next episode goes once the window is full.
  private var oldest = 0

  /// - Parameter capacity: at least 1.
  public init(capacity: Int) {
    precondition(capacity >= 1, "an episode window holds at least one episode")
    self.capacity = capacity
    episodes.reserveCapacity(capacity)
  }

  /// Adds a finished episode; the oldest one makes room.
  /// - Parameters:
  ///   - episodeReturn: sum of its extrinsic rewards.
  ///   - length: its steps.
  public mutating func record(episodeReturn: Double, length: Int, succeeded: Bool) {
    let episode = Episode(episodeReturn: episodeReturn, length: length, succeeded: succeeded)
    if episodes.count < capacity {
      episodes.append(episode)
    } else {
      episodes[oldest] = episode
      oldest = (oldest + 1) % capacity
    }
  }

  /// Episodes in the window.
  public var count: Int { episodes.count }
  /// nil before the first episode.
  public var returnMean: Double? { mean { $0.episodeReturn } }
  /// Steps; nil before the first episode.
  public var lengthMean: Double? { mean { Double($0.length) } }
  /// Share of episodes that reached their task's goal; nil before the first episode.
  public var successRate: Double? { mean { $0.succeeded ? 1 : 0 } }

  private func mean(_ value: (Episode) -> Double) -> Double? {
    guard !episodes.isEmpty else { return nil }
    return episodes.reduce(0) { $0 + value($1) } / Double(episodes.count)
  }
}
