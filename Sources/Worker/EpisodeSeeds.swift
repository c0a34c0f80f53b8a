import Runtime
import Tensor

/// The seed of every episode, from the group's seed, the environment and the episode's number: no two episodes of a run
/// share one except by chance, and a rerun plays the same ones.
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
