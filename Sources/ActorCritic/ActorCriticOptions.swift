import Glibc
import NeuralNetwork

/// The hyperparameters of an update. Defaults are ONI's (Zheng et al. 2024) where ONI has the parameter, except the
/// learning rate, which suits a few CPU cores (docs/tuning.md).
public struct ActorCriticOptions: Sendable, Hashable {
  public var learningRate: Float = 1e-3
  public var learningRateDecay = LinearDecay()
  /// Options of the optimiser.
  public var adam = AdamOptions(beta1: 0.9, beta2: 0.999, epsilon: 1e-6)
  /// Bound on the Euclidean norm of the whole gradient; 0 turns clipping off.
  public var maximumGradientNorm: Float = 4
  /// Discount per step of the summed reward, or of the extrinsic reward alone with separate value heads.
  public var discount: Float = 0.99
  /// Discount per step of the intrinsic reward; used only with separate value heads.
  public var intrinsicDiscount: Float = 0.99
  public var valueHeads = ValueHeads.single
  /// Combines the advantages of separate value heads into one; nil adds them up.
  public var explorationCritic: ExplorationCritic?
  public var valueCoefficient: Float = 0.5
  public var entropyCoefficient: Float = 0.003
  public var entropyDecay = LinearDecay()
  /// Shares of the coefficient of each kind of factor, if actions have a structure.
  public var entropyShares = EntropyShares()
  /// How the floor of the first factor's probabilities falls (`NetworkDescription.choiceFloor`).
  public var floorDecay = LinearDecay()
  /// c: the policy ratio of an unroll of lag 1 is kept in [1 / (1 + c), 1 + c].
  public var ratioClip: Float = 0.1
  /// How c grows with the lag.
  public var lagClip = LagClip()
  /// Distance from the old value beyond which the value loss has no gradient; 0 turns the clip off.
  public var valueClip: Float = 1
  /// V-trace's bound on rho.
  public var rhoClip: Float = 1
  /// V-trace's bound on c.
  public var cClip: Float = 1
  /// V-trace's lambda.
  public var lambda: Float = 1
  /// How often an update uses its batch.
  public var passes = BatchPasses()

  public init() {}

  /// Discount of value head `head`.
  func discount(ofHead head: Int) -> Float { head == 0 ? discount : intrinsicDiscount }

  var advantageTerm: (any AdvantageTerm)? { explorationCritic }

  /// Adam's step size at the update of a policy version.
  func learningRate(at policyVersion: UInt64) -> Float { learningRate * learningRateDecay.factor(at: policyVersion) }

  /// The loss at the update of a policy version.
  func loss(at policyVersion: UInt64) -> PPOLoss {
    PPOLoss(
      ratioClip: ratioClip, valueClip: valueClip, valueCoefficient: valueCoefficient,
      entropyCoefficient: entropyCoefficient * entropyDecay.factor(at: policyVersion))
  }
}

/// The clip of the policy ratio by the lag of the unroll. The ratio is to the policy that acted, and over L versions a policy
/// moves further than in one: a clip that suits lag 1 blocks a third of all frames at lag 16. With c the clip of lag 1,
///
///     above = min(c max(L, 1)^exponent, maximum)      below = max(c, above / 2)
///
/// so that up to lag 1, as in `tengu serial`, both are c. Actions may gain more than they lose, because an action that lost its
/// probability is no longer tried (docs/tuning.md has the measurements).
public struct LagClip: Sendable, Hashable {
  /// 0 keeps c whatever the lag.
  public var exponent: Float = 0.6
  /// Largest clip that the lag leads to.
  public var maximum: Float = 2

  public init(exponent: Float = 0.6, maximum: Float = 2) {
    self.exponent = exponent
    self.maximum = maximum
  }

  /// The clip of an unroll of policy lag `lag`.
  /// - Parameter clip: c.
  func clip(_ clip: Float, lag: Float) -> RatioClip {
    guard lag > 1, exponent > 0 else { return RatioClip(clip) }
    let above = max(clip, min(clip * powf(lag, exponent), maximum))
    return RatioClip(below: max(clip, above / 2), above: above)
  }
}

/// How often an update uses the frames of its batch, as PPO does (Schulman et al. 2017). Targets and advantages are computed
/// again for each minibatch, with the parameters that the minibatches before it left.
public struct BatchPasses: Sendable, Hashable {
  /// Passes over the batch.
  public var epochs: Int
  /// Parts of a pass, each of whole environment columns drawn at random; each makes a step of the optimiser.
  public var minibatches: Int
  /// Nats by which KL(behaviour, target) may rise above that of the first minibatch before the rest is left out; 0 = no limit.
  public var divergenceLimit: Double

  public init(epochs: Int = 1, minibatches: Int = 1, divergenceLimit: Double = 0) {
    self.epochs = epochs
    self.minibatches = minibatches
    self.divergenceLimit = divergenceLimit
  }
}

/// The value heads of the policy network, and the reward that each one estimates the value of.
public enum ValueHeads: String, Sendable, CaseIterable {
  /// One head on the sum of extrinsic and intrinsic reward, as in ONI.
  case single
  /// Head 0 on the extrinsic reward and head 1 on the intrinsic, each with its own discount; the advantages are summed
  /// (Burda et al. 2018).
  case separate

  /// V, the number of heads.
  public var count: Int {
    switch self {
    case .single: 1
    case .separate: 2
    }
  }
}

/// The linear change of a hyperparameter from its first value to a share of it, over a number of updates:
///
///     factor(t) = 1 - (1 - end) * min(t / updates, 1)
public struct LinearDecay: Sendable, Hashable {
  /// Share of the first value that is left at the end; above 1 the value rises.
  public var end: Float
  /// Number of updates until then; 0 keeps the first value.
  public var updates: Double

  public init(end: Float = 1, updates: Double = 0) {
    self.end = end
    self.updates = updates
  }

  /// Factor of the first value at the update of a policy version.
  public func factor(at policyVersion: UInt64) -> Float {
    guard updates > 0 else { return 1 }
    return 1 - (1 - end) * Float(min(Double(policyVersion) / updates, 1))
  }
}
