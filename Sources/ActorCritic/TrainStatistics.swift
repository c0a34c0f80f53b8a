/// The statistics of one update. Means are over its frames.
public struct TrainStatistics: Sendable, Hashable {
  /// Number of environment steps of the batch, T * B, each counted once.
  public var frames = 0
  /// Mean of -min(ratio A, clip(ratio) A).
  public var policyLoss = 0.0
  /// Mean squared value error, summed over the heads, before the coefficient.
  public var valueLoss = 0.0
  /// Mean entropy of the target policy, in nats.
  public var entropy = 0.0
  /// Euclidean norm of the whole gradient before clipping.
  public var gradientNorm = 0.0
  /// Mean clamped importance ratio pi / mu.
  public var meanRatio = 0.0
  /// KL(behaviour, target) in nats, estimated from the ratios.
  public var divergence = 0.0
  /// Share of frames whose ratio lay outside the policy clip, 0 ... 1.
  public var clipFraction = 0.0
  /// 1 - Var(target - value) / Var(target) over all heads; nil if the targets do not vary.
  public var explainedVariance: Double?
  /// Mean and standard deviation of the advantages before normalisation.
  public var advantageMean = 0.0
  public var advantageDeviation = 0.0
  /// Policy versions between the behaviour policy and the updated one; the mean is over frames.
  public var minimumPolicyLag: UInt64 = 0
  public var meanPolicyLag = 0.0
  public var maximumPolicyLag: UInt64 = 0
  /// The first tensor that was not finite, for an update that was skipped: parameters and optimiser have not changed.
  /// nil for an update that was applied.
  public var nonFiniteTensor: String?
  /// The unrolls of a skipped batch, by index, that lead to a gradient that is not finite even if each is alone. Empty if
  /// none does; also if all do, because then the parameters may be the cause.
  public var faultyUnrolls: [Int] = []
  /// Whether every unroll of a skipped batch, of this learner, leads to it alone.
  public var allUnrollsAreFaulty = false
  /// Whether any of the learners that share the update has such unrolls: they all make it again without them.
  public var hasFaultyUnrolls = false

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

  /// The means over the minibatches of one update.
  init(means all: [TrainStatistics]) {
    guard all.count > 1, let first = all.first else {
      self = all.first ?? TrainStatistics()
      return
    }
    self = first
    func mean(_ field: KeyPath<TrainStatistics, Double>) -> Double {
      all.reduce(0) { $0 + $1[keyPath: field] } / Double(all.count)
    }
    for field in [
      \.policyLoss, \.valueLoss, \.entropy, \.gradientNorm, \.meanRatio, \.divergence, \.clipFraction, \.advantageMean,
      \.advantageDeviation,
    ] as [WritableKeyPath<TrainStatistics, Double>] {
      self[keyPath: field] = mean(field)
    }
    let explained = all.compactMap(\.explainedVariance)
    explainedVariance = explained.isEmpty ? nil : explained.reduce(0, +) / Double(explained.count)
  }

  /// Computes the lags of the unrolls' behaviour policies behind `policyVersion`.
  mutating func setPolicyLag(of batch: [TrainUnroll], behind policyVersion: UInt64) {
    minimumPolicyLag = .max
    var sum = 0.0
    var frames = 0
    for item in batch {
      let first = policyVersion - min(item.unroll.policyVersion, policyVersion)
      let last = policyVersion - min(item.unroll.lastPolicyVersion, policyVersion)
      minimumPolicyLag = min(minimumPolicyLag, last)
      maximumPolicyLag = max(maximumPolicyLag, first)
      sum += item.unroll.lag(behind: policyVersion) * Double(item.unroll.frameCount)
      frames += item.unroll.frameCount
    }
    meanPolicyLag = frames > 0 ? sum / Double(frames) : 0
  }
}

/// How one update spent its time, in seconds of the calling thread, all minibatches together. It is no part of the
/// statistics, which are the same in every run of the same batch.
public struct TrainTimes: Sendable, Hashable {
  /// Preparing the parameters, the forward pass, V-trace and advantages.
  public var forward = 0.0
  /// The loss, the backward pass and the sum of the gradients over the shards.
  public var backward = 0.0
  /// Clipping and the optimiser.
  public var optimiser = 0.0

  public init() {}
}
