import Runtime
import Tensor

/// The seeds of an evaluation's episode: they depend on the evaluation's seed and the episode's number alone, so that
/// two policies play the same episodes, in any order and on any number of threads.
struct EpisodeSeed: Equatable {
  let world: UInt64
  let actions: UInt64

  init(evaluation seed: UInt64, episode: Int) {
    // The numbers are mixed before they meet the seed: neighbouring seeds share no episodes.
    var numbered = SplitMix64(seed: UInt64(episode))
    var stream = SplitMix64(seed: seed ^ numbered.next())
    world = stream.next()
    actions = stream.next()
  }
}
