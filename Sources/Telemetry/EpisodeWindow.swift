/// Means over the last episodes. Memory is fixed.
public struct EpisodeWindow: Sendable {
  private struct Episode {
    var episodeReturn: Double
    var length: Int
    var succeeded: Bool
  }

  /// Most episodes the means are taken over.
  public let capacity: Int
  /// All episodes so far.
  public private(set) var total = 0
  private var episodes: [Episode] = []

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
      episodes[total % capacity] = episode
    }
    total += 1
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
