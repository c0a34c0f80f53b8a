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
  /// c: the policy ratio is kept in [1 / (1 + c), 1 + c].
  public var ratioClip: Float = 0.1
  /// Distance from the old value beyond which the value loss has no gradient; 0 turns the clip off.
  public var valueClip: Float = 1
  /// V-trace's bound on rho.
  public var rhoClip: Float = 1
  /// V-trace's bound on c.
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
