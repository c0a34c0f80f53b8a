/// The scales of a step's two rewards and the reward chain.
public struct RewardOptions: Sendable, Hashable {
  /// Multiplies the extrinsic reward after its clip.
  public var extrinsicCoefficient: Float = 0.1
  /// Multiplies the intrinsic reward.
  public var intrinsicCoefficient: Float = 0.4
  /// beta of the weight N^-beta of a caption's N-th occurrence in an episode.
  public var countExponent: Float = 3
  /// Multiplies the extrinsic reward before its clip.
  public var extrinsicScale: Float = 1
  /// Bound on the absolute value of the scaled extrinsic reward; 0 turns the clip off.
  public var extrinsicClip: Float = 100
  /// Whether the extrinsic reward is first divided by the running standard deviation of its discounted return.
  public var normaliseExtrinsic = false
  /// Discount of that return, per step.
  public var discount: Float = 0.99
  /// Discount of the intrinsic reward, per step.
  public var intrinsicDiscount: Float = 0.99
  /// The transforms between scores and the intrinsic coefficient, in order.
  public var chain = [RewardStage("count")]

  public init() {}
}

/// One transform of a configured chain: its name and the parameters that were set.
public struct RewardStage: Sendable, Hashable {
  /// A name of `RewardTransformEntry.all`.
  public var name: String
  /// Values by parameter name; missing parameters have their defaults.
  public var parameters: [String: Double]

  public init(_ name: String, _ parameters: [String: Double] = [:]) {
    self.name = name
    self.parameters = parameters
  }
}
