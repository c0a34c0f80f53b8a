/// The reward of a run whose captions all count alike: what is left is the episodic count, which pays a caption's first
/// occurrence in an episode and next to nothing for later ones. Needs no labels.
public struct NoveltyReward: RewardModel, Sendable {
  public init() {}

  public mutating func learn(_ update: RewardUpdate) {}
  public func score(_ caption: UInt32) -> Float? { caption == 0 ? nil : 1 }
  public var version: Int { 0 }
}
