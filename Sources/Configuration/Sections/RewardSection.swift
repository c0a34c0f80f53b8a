/// `[reward]`: how extrinsic and intrinsic reward become the reward that is learned from.
public struct RewardSection: Sendable, Hashable {
  /// What turns labels into intrinsic reward.
  public enum Model: String, Sendable, CaseIterable {
    case none, retrieval
  }

  public var model = Model.retrieval
  public var extrinsicCoefficient = 0.1
  public var intrinsicCoefficient = 0.4
  /// beta: the intrinsic reward of a caption's N-th occurrence in an episode is divided by N^beta.
  public var countExponent = 3.0
  public var extrinsicScale = 1.0
  /// Bound on the absolute value of the scaled extrinsic reward; 0 = off.
  public var extrinsicClip = 10.0
  public var normaliseExtrinsic = false

  public init() {}
}
