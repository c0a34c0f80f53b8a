import Runtime
import Tensor
import Wire

/// Derives the seed of every episode from the group's seed, the environment's place and the episode's number. Two
/// episodes of a run have the same seed only by chance, and a rerun plays the same episodes.
struct EpisodeSeeds {
  private let seed: UInt64
  private var played: [UInt64]

  init(seed: UInt64, environmentCount: Int) {
    self.seed = seed
    played = Array(repeating: 0, count: environmentCount)
  }

  /// The next episode's seed for environment `e`.
  mutating func next(_ e: Int) -> UInt64 {
    defer { played[e] += 1 }
    var environment = SplitMix64(seed: seed &+ UInt64(e) &* 0x9E37_79B9_7F4A_7C15)
    var episode = SplitMix64(seed: environment.next() ^ played[e])
    return episode.next()
  }
}

/// Return, length and caption counts of one environment's current episode.
struct EpisodeTracker {
  private(set) var extrinsicReturn: Float = 0
  private(set) var length = 0
  private var counts: [UInt32: UInt16] = [:]

  /// Adds one step's reward.
  mutating func add(reward: Float) {
    extrinsicReturn += reward
    length += 1
  }

  /// Counts `caption` and returns its occurrences in this episode, this one included; 0 for no caption.
  /// The count saturates at a value where N^-beta has long vanished.
  mutating func count(_ caption: UInt32) -> UInt16 {
    guard caption != 0 else { return 0 }
    let seen = counts[caption, default: 0]
    let now = seen == .max ? seen : seen + 1
    counts[caption] = now
    return now
  }

  /// Ends the episode: returns its summary and resets the counts.
  mutating func finish(succeeded: Bool) -> FinishedEpisode {
    defer {
      extrinsicReturn = 0
      length = 0
      counts.removeAll(keepingCapacity: true)
    }
    return FinishedEpisode(episodeReturn: extrinsicReturn, length: UInt32(length), succeeded: succeeded)
  }
}
