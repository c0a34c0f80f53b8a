import Runtime
import Tensor

/// The two seeds of a game: of the world, and of what is only shown (hallucinations, random names).
public struct NetHackSeeds: Sendable, Hashable {
  public let core: UInt64
  public let display: UInt64

  public init(core: UInt64, display: UInt64) {
    self.core = core
    self.display = display
  }

  /// The game of an episode seed. `attempt` counts the starts of that episode that failed.
  init(episode seed: UInt64, attempt: Int = 0) {
    var mixer = SplitMix64(seed: seed)
    for _ in 0..<attempt {
      _ = mixer.next()
      _ = mixer.next()
    }
    self.init(core: mixer.next(), display: mixer.next())
  }
}
