import NeuralNetwork

/// The hyperparameters of the update. The defaults are ONI's (Zheng et al. 2024) where it has them, but for the learning rate,
/// which is chosen for a few CPU cores (docs/tuning.md).
public struct ActorCriticOptions: Sendable, Hashable {
  public var learningRate: Float = 1e-3
  public var learningRateDecay = LinearDecay()
  /// What the optimiser is made with.
  public var adam = AdamOptions(beta1: 0.9, beta2: 0.999, epsilon: 1e-6)
  /// Global norm that gradients are clipped to; 0 turns the clip off.
  public var maximumGradientNorm: Float = 4
  /// Discount of the summed reward, or with separate value heads of the extrinsic reward.
  public var discount: Float = 0.99
  /// Discount of the intrinsic reward; read with separate value heads only.
  public var intrinsicDiscount: Float = 0.99
  public var valueHeads = ValueHeads.single
  /// With separate value heads, how their advantages become one; nil adds them up.
  public var explorationCritic: ExplorationCritic?
  public var valueCoefficient: Float = 0.5
  public var entropyCoefficient: Float = 0.003
  public var entropyDecay = LinearDecay()
  /// c: the policy ratio is kept in [1 / (1 + c), 1 + c].
  public var ratioClip: Float = 0.1
  /// How far a value may move from the old one before its loss stops rewarding it; 0 turns the clip off.
  public var valueClip: Float = 1
  /// V-trace's bound of rho.
  public var rhoClip: Float = 1
  /// V-trace's bound of c.
  public var cClip: Float = 1

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
