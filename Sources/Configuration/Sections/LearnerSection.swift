/// `[learner]`: the update of the policy and of the value function.
public struct LearnerSection: Sendable, Hashable {
  /// How the value function predicts extrinsic and intrinsic returns.
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
    /// Their sum (Burda et al. 2018).
    case sum
    /// The sum after each head's were divided by their deviation, with a weight for the intrinsic ones (RLSP).
    case normalised
  }

  /// T, steps of an unroll.
  public var unrollLength = 32
  /// Frames (environment steps) of an update.
  public var batchSize = 512
  /// Training threads; 0 = chosen from the number of usable processors.
  public var threads = 0
  public var queueBatches = 2
  public var credits = 2
  /// Policy updates from one published version to the next.
  public var publishUpdates = 1
  public var learningRate = 1e-3
  /// Share of the learning rate that is left after `decayUpdates`.
  public var finalLearningRate = 1.0
  public var adamBeta1 = 0.9
  public var adamBeta2 = 0.999
  public var adamEpsilon = 1e-6
  public var maximumGradientNorm = 4.0
  public var discount = 0.99
  /// 0: that of `discount`.
  public var intrinsicDiscount = 0.0
  public var valueHeads = ValueHeads.single
  public var advantages = Advantages.sum
  /// alpha: the weight of normalised intrinsic advantages.
  public var explorationWeight = 1.0
  /// Updates in which that weight falls to 1/e; 0 = constant.
  public var explorationUpdates = 0
  public var valueCoefficient = 0.5
  public var entropyCoefficient = 0.003
  /// Shares of the coefficient of a structured action's verb, things and directions.
  public var verbEntropy = 1.0
  public var thingEntropy = 1.0
  public var directionEntropy = 1.0
  /// Share of the entropy coefficient that is left after `decayUpdates`.
  public var finalEntropy = 1.0
  /// Updates over which both fall linearly to their final shares; 0 = constant.
  public var decayUpdates = 0
  /// Updates over which the floor of a network's choices falls linearly to 0; 0 = constant.
  public var floorUpdates = 0
  /// c: the probability ratio is clipped to [1/(1+c), 1+c] at lag 1.
  public var ppoClip = 0.1
  /// Exponent of the lag in the clip of older unrolls.
  public var lagExponent = 0.6
  /// Largest c that the lag leads to.
  public var maximumClip = 2.0
  public var valueClip = 1.0
  public var vtraceRho = 1.0
  public var vtraceC = 1.0
  public var vtraceLambda = 1.0
  /// Passes of an update over its batch.
  public var epochs = 1
  /// Parts of a pass, each with a step of the optimiser.
  public var minibatches = 1
  /// Nats that the divergence may rise within an update; 0 = no limit.
  public var klStop = 0.0
  /// Policy versions that an unroll may be behind.
  public var maximumPolicyLag = 1000

  public init() {}

  static let fields = batches + optimiser + returns + losses

  private static let batches: [SectionField<LearnerSection>] = [
    .integer(
      "unroll_length", \.unrollLength, 1...65_536, shapesUnrolls: true,
      "T: steps of an unroll, and of truncated backpropagation through time."),
    .integer(
      "batch_size", \.batchSize, 1...16_777_216,
      "Frames (environment steps) of one update. A multiple of unroll_length * environments_per_group, so that a batch "
        + "consists of whole unrolls."),
    .integer(
      "threads", \.threads, 0...1024,
      "Threads that share an update. 0 starts one for each processor that the process may use, but at most one for "
        + "every 8 columns of a batch, and a single one in `tengu serial`."),
    .integer(
      "queue_batches", \.queueBatches, 1...1024,
      "Batches that may wait for the trainer. While more wait, the learner lets fewer unrolls be in flight."),
    .integer(
      "credits", \.credits, 1...1024,
      "Unrolls of a group of environments that may be in flight: being played, on their way or waiting for the trainer. All "
        + "workers together have as many in flight as the trainer needs, which may be fewer."),
    .integer(
      "publish_updates", \.publishUpdates, 1...1_000_000,
      "Updates from one policy version that workers receive to the next. A larger number saves bandwidth and trains on "
        + "older unrolls."),
  ]

  private static let optimiser: [SectionField<LearnerSection>] = [
    .real("learning_rate", \.learningRate, 0...1, "Adam's step size."),
    .real(
      "final_learning_rate", \.finalLearningRate, Bound.share,
      "Share of learning_rate that is left after decay_updates. 1 keeps it constant."),
    .real("adam_beta1", \.adamBeta1, 0...0.999_999, "Adam: decay of the first moment, per update."),
    .real("adam_beta2", \.adamBeta2, 0...0.999_999, "Adam: decay of the second moment, per update."),
    .real(
      "adam_epsilon", \.adamEpsilon, 1e-12...1, "Adam: term added to the root of the second moment."),
    .real(
      "maximum_gradient_norm", \.maximumGradientNorm, Bound.coefficient,
      "Euclidean norm to which the whole gradient is clipped. 0 turns clipping off."),
  ]

  private static let returns: [SectionField<LearnerSection>] = [
    .real(
      "discount", \.discount, Bound.discount,
      "Discount per step of the reward; of the extrinsic reward alone when value_heads is \"separate\"."),
    .real(
      "intrinsic_discount", \.intrinsicDiscount, Bound.discount,
      "Discount per step of the intrinsic reward; 0: that of discount. Used only when value_heads is \"separate\"."),
    .choice(
      "value_heads", \.valueHeads, shapesUnrolls: true,
      "\"single\" is one value head on the summed reward (as in ONI); \"separate\" is one head for each reward."),
    .choice(
      "advantages", \.advantages,
      "With separate value heads: \"sum\" adds their advantages; \"normalised\" first divides the advantages of each "
        + "head by their deviation (RLSP)."),
    .real(
      "exploration_weight", \.explorationWeight, Bound.coefficient,
      "alpha: weight of the intrinsic advantages relative to the extrinsic ones. Used only when advantages is "
        + "\"normalised\"."),
    .integer(
      "exploration_updates", \.explorationUpdates, 0...1_000_000_000,
      "Updates in which exploration_weight falls to 1/e of itself. 0 keeps it constant. Used only when advantages is "
        + "\"normalised\"."),
  ]

  private static let losses: [SectionField<LearnerSection>] = [
    .real("value_coefficient", \.valueCoefficient, Bound.coefficient, "Weight of the value loss."),
    .real(
      "entropy_coefficient", \.entropyCoefficient, Bound.coefficient, "Weight of the entropy bonus."),
    .real(
      "verb_entropy", \.verbEntropy, Bound.coefficient,
      "Share of entropy_coefficient of the verb of an action whose verb decides which other factors count."),
    .real(
      "thing_entropy", \.thingEntropy, Bound.coefficient,
      "Share of entropy_coefficient of the factors of such an action that choose a thing."),
    .real(
      "direction_entropy", \.directionEntropy, Bound.coefficient,
      "Share of entropy_coefficient of the other factors of such an action, such as directions."),
    .real(
      "final_entropy", \.finalEntropy, Bound.share,
      "Share of entropy_coefficient that is left after decay_updates. 1 keeps it constant."),
    .integer(
      "decay_updates", \.decayUpdates, 0...1_000_000_000,
      "Updates over which learning rate and entropy coefficient fall linearly to their final shares. 0 keeps both "
        + "constant."),
    .integer(
      "floor_updates", \.floorUpdates, 0...1_000_000_000,
      "Updates over which network.choice_floor falls linearly to 0. 0 keeps it constant."),
    .real(
      "ppo_clip", \.ppoClip, 1e-6...1000,
      "c: the ratio of target to behaviour probability is clipped to [1/(1+c), 1+c] in unrolls of policy lag 1."),
    .real(
      "lag_exponent", \.lagExponent, 0...2,
      "In unrolls of lag L the ratio may rise to 1 + ppo_clip * L^lag_exponent, and fall by half as much, because the "
        + "policy moves further in L versions than in one. 0: ppo_clip whatever the lag."),
    .real(
      "maximum_clip", \.maximumClip, 1e-6...1000,
      "Largest clip that lag_exponent leads to. It never lowers ppo_clip."),
    .real(
      "value_clip", \.valueClip, 1e-6...Bound.coefficient.upperBound,
      "Distance that a value may move within an update before its loss is clipped."),
    .real("vtrace_rho", \.vtraceRho, 0...1000, "V-trace: upper bound of the rho importance weight."),
    .real("vtrace_c", \.vtraceC, 0...1000, "V-trace: upper bound of the c importance weight."),
    .real(
      "vtrace_lambda", \.vtraceLambda, Bound.share,
      "V-trace: weight of later temporal differences, which below 1 falls with each step (as in GAE)."),
    .integer(
      "epochs", \.epochs, 1...1000,
      "Passes of an update over its batch. More passes learn more from each frame and cost as many train steps."),
    .integer(
      "minibatches", \.minibatches, 1...4096,
      "Parts of a pass, each of whole environment columns drawn at random and with its own step of the optimiser. "
        + "At most the columns of a batch, batch_size / unroll_length."),
    .real(
      "kl_stop", \.klStop, Bound.coefficient,
      "Nats by which the divergence from the behaviour policy may rise within an update before its remaining "
        + "minibatches are left out. 0: no limit."),
    .integer(
      "maximum_policy_lag", \.maximumPolicyLag, 0...Int.max,
      "Policy versions that an unroll may be behind. The learner discards and counts older unrolls. 0: a synchronous run, in "
        + "which workers play only with the newest policy and wait while it is trained."),
  ]
}
