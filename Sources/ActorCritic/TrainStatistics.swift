/// What one update did. Means are over its frames.
public struct TrainStatistics: Sendable, Hashable {
  /// Environment steps trained from, T * B.
  public var frames = 0
  /// -min(ratio A, clip(ratio) A).
  public var policyLoss = 0.0
  /// Squared value error, all heads, before the coefficient.
  public var valueLoss = 0.0
  /// Entropy of the target policy in nats.
  public var entropy = 0.0
  /// Global norm of the gradient before clipping.
  public var gradientNorm = 0.0
  /// Importance ratio pi / mu.
  public var meanRatio = 0.0
  /// KL(behaviour, target), approximated from the ratios.
  public var divergence = 0.0
  /// Share of frames whose ratio lay outside the policy clip.
  public var clipFraction = 0.0
  /// 1 - Var(target - value) / Var(target) over all heads; nil where the targets do not vary.
  public var explainedVariance: Double?
  /// Advantages before normalisation.
  public var advantageMean = 0.0
  public var advantageDeviation = 0.0
  /// Policy versions between the behaviour policy and the one that was updated; the mean is over frames.
  public var minimumPolicyLag: UInt64 = 0
  public var meanPolicyLag = 0.0
  public var maximumPolicyLag: UInt64 = 0
  /// nil when the update was applied; else the first tensor that held something other than a finite number. The
  /// parameters and the optimiser are then as they were.
  public var nonFiniteTensor: String?

  public init() {}

  init(_ sums: PPOLossSums) {
    let count = Double(sums.frames)
    frames = sums.frames
    policyLoss = sums.policy / count
    valueLoss = sums.value / count
    entropy = sums.entropy / count
    meanRatio = sums.ratio / count
    divergence = sums.divergence / count
    clipFraction = Double(sums.clipped) / count
  }

  /// Fills in the lag of each unroll's behaviour policy behind `policyVersion`.
  mutating func setPolicyLag(of batch: [TrainUnroll], behind policyVersion: UInt64) {
    minimumPolicyLag = .max
    var sum = 0.0
    var frames = 0
    for item in batch {
      // A version from the future has lag 0: it can come from a learner that resumed an older checkpoint.
      let version = min(item.unroll.policyVersion, policyVersion)
      let lag = policyVersion - version
      minimumPolicyLag = min(minimumPolicyLag, lag)
      maximumPolicyLag = max(maximumPolicyLag, lag)
      sum += Double(lag) * Double(item.unroll.frameCount)
      frames += item.unroll.frameCount
    }
    meanPolicyLag = sum / Double(frames)
  }
}
