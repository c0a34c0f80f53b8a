/// What a loss evaluation adds up over frames, in Float64 so that the order of a few shards hardly shows. Divide by
/// `frames` for the means.
public struct PPOLossSums: Sendable, Hashable {
  /// Frames summed over, T * B.
  public var frames = 0
  /// -min(ratio A, clip(ratio) A).
  public var policy = 0.0
  /// Squared value errors, all heads, before the coefficient.
  public var value = 0.0
  /// Entropy in nats.
  public var entropy = 0.0
  /// Clamped importance ratios.
  public var ratio = 0.0
  /// KL(behaviour, target) by the estimator (r - 1) - log r, which is never negative (Schulman 2020).
  public var divergence = 0.0
  /// Frames whose ratio lay outside the policy clip.
  public var clipped = 0

  public init() {}

  public static func += (sum: inout PPOLossSums, other: PPOLossSums) {
    sum.frames += other.frames
    sum.policy += other.policy
    sum.value += other.value
    sum.entropy += other.entropy
    sum.ratio += other.ratio
    sum.divergence += other.divergence
    sum.clipped += other.clipped
  }
}
