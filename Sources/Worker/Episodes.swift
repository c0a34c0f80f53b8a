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

/// What each environment of a group plays now and next: an episode of the run's plan if one is at hand, else one with the
/// environment's own seed.
struct EpisodeSource {
  private var seeds: EpisodeSeeds
  private let plan: EpisodePlan?
  private var current: [EpisodePlan.Assignment]
  private var next: [EpisodePlan.Assignment]

  /// - Parameters:
  ///   - seed: see `EpisodeSeeds`.
  ///   - plan: nil if the run has none.
  init(seed: UInt64, environmentCount: Int, plan: EpisodePlan?) {
    seeds = EpisodeSeeds(seed: seed, environmentCount: environmentCount)
    self.plan = plan
    current = Array(repeating: EpisodePlan.Assignment(seed: 0), count: environmentCount)
    next = current
  }

  /// Chooses the next episode of environment `e`.
  /// - Returns: its seed.
  mutating func draw(_ e: Int) -> UInt64 {
    let assignment = plan?.take() ?? EpisodePlan.Assignment(seed: seeds.next(e))
    next[e] = assignment
    return assignment.seed
  }

  /// The next episode of environment `e` begins.
  mutating func begin(_ e: Int) { current[e] = next[e] }

  /// What the policy's logits are divided by in the current episode of environment `e`.
  func temperature(_ e: Int) -> Float { current[e].temperature }

  /// The chance that a new start is better above which the current episode of environment `e` is cut; 0 = never.
  func cutAbove(_ e: Int) -> Float { current[e].cutAbove }

  /// Strength of each value head in the choice of actions of environment `e`; empty = none.
  func steering(_ e: Int) -> [Float] { current[e].steering }

  /// The plan's number of the current episode of environment `e`; 0 if no plan asked for it.
  func entry(_ e: Int) -> UInt64 { plan?.number(of: current[e]) ?? 0 }
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
  /// - Parameter entry: of the run's plan, 0 for none.
  mutating func finish(succeeded: Bool, entry: UInt64 = 0) -> FinishedEpisode {
    defer {
      extrinsicReturn = 0
      length = 0
      counts.removeAll(keepingCapacity: true)
    }
    return FinishedEpisode(episodeReturn: extrinsicReturn, length: UInt32(length), succeeded: succeeded, entry: entry)
  }
}
