/// How the two rewards of a step are scaled before they are learned from.
public struct RewardOptions: Sendable, Hashable {
  /// Multiplies the extrinsic reward after its clip.
  public var extrinsicCoefficient: Float = 0.1
  /// Multiplies the intrinsic reward.
  public var intrinsicCoefficient: Float = 0.4
  /// beta of the episodic weight N^-beta of the intrinsic reward.
  public var countExponent: Float = 3
  /// Multiplies the extrinsic reward before its clip.
  public var extrinsicScale: Float = 1
  /// The scaled extrinsic reward is kept in ± this; 0 turns the clip off.
  public var extrinsicClip: Float = 10
  /// Whether the extrinsic reward is first divided by the running deviation of its discounted return.
  public var normaliseExtrinsic = false
  /// Discount of that return.
  public var discount: Float = 0.99
  /// Discount of the intrinsic reward.
  public var intrinsicDiscount: Float = 0.99
  /// What scores go through before the coefficient, in order.
  public var chain = [RewardStage("count")]

  public init() {}
}
