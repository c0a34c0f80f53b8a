import Runtime
import Trajectories

/// A player that chooses at random: every choice of a factor equally likely, and numbers from a standard Gaussian before they
/// are squashed into their ranges. Used by one thread at a time.
public final class RandomActions {
  private let space: ActionSpace
  private var generator: RandomGenerator
  private let elements: UnsafeMutablePointer<UInt32>

  public init(_ space: ActionSpace, seed: UInt64) {
    self.space = space
    generator = RandomGenerator(seed: seed)
    elements = .allocate(capacity: max(1, space.elementCount))
  }

  deinit { elements.deallocate() }

  /// The next action; valid until the next call.
  public func next() -> ActionChoice {
    for (factor, count) in space.counts.enumerated() {
      elements[factor] = UInt32(truncatingIfNeeded: generator.below(count))
    }
    if space.isContinuous {
      for i in 0..<space.elementCount { elements[i] = generator.gaussian().bitPattern }
    }
    return ActionChoice(space, elements)
  }
}
