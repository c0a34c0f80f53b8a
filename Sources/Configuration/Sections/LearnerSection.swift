/// `[learner]`: the update of the policy and of the value function.
public struct LearnerSection: Sendable, Hashable {
  /// How extrinsic and intrinsic returns are predicted.
  public enum ValueHeads: String, Sendable, CaseIterable {
    /// One head on the summed reward, as ONI does.
    case single
    /// One head for each reward, each with its own discount.
    case separate

    /// V, the number of value heads.
    public var count: Int { self == .single ? 1 : 2 }
  }

  /// How the advantages of separate value heads become one.
  public enum Advantages: String, Sendable, CaseIterable {
    /// Added up (Burda et al. 2018).
    case sum
    /// Normalised each by itself, the intrinsic ones weighed (RLSP).
    case normalised
  }

  /// T, steps of an unroll.
  public var unrollLength = 32
  /// Frames (environment steps) of an update.
  public var batchSize = 512
  /// Training threads; 0 = chosen from the core count.
  public var threads = 0
  public var queueBatches = 2
  public var credits = 2
  /// Policy updates from one version that workers are given to the next.
  public var publishUpdates = 1
  public var learningRate = 1e-3
  /// Share of the learning rate that is left after `decayUpdates`.
  public var finalLearningRate = 1.0
  public var adamBeta1 = 0.9
  public var adamBeta2 = 0.999
  public var adamEpsilon = 1e-6
  public var maximumGradientNorm = 4.0
  public var discount = 0.99
  public var intrinsicDiscount = 0.99
  public var valueHeads = ValueHeads.single
  public var advantages = Advantages.sum
  /// alpha: the intrinsic advantages' weight where they are normalised by themselves.
  public var explorationWeight = 1.0
  /// Updates in which that weight falls to 1/e; 0 = it stays.
  public var explorationUpdates = 0
  public var valueCoefficient = 0.5
  public var entropyCoefficient = 0.003
  /// Share of the entropy coefficient that is left after `decayUpdates`.
  public var finalEntropy = 1.0
  /// Updates in which both get there, in a straight line; 0 = they stay.
  public var decayUpdates = 0
  /// c: the probability ratio is kept in [1/(1+c), 1+c].
  public var ppoClip = 0.1
  public var valueClip = 1.0
  public var vtraceRho = 1.0
  public var vtraceC = 1.0
  /// In policy versions.
  public var maximumPolicyLag = 1000

  public init() {}
}
