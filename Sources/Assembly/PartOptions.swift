import ActorCritic
import Configuration
import IntrinsicReward
import NeuralNetwork

// The options that each part of a run takes from the configuration.
extension RunConfiguration {
  /// Options of the policy's update.
  public var actorCriticOptions: ActorCriticOptions {
    var options = ActorCriticOptions()
    let decayUpdates = Double(learner.decayUpdates)
    options.learningRate = Float(learner.learningRate)
    options.learningRateDecay = LinearDecay(end: Float(learner.finalLearningRate), updates: decayUpdates)
    options.adam = AdamOptions(
      beta1: Float(learner.adamBeta1), beta2: Float(learner.adamBeta2), epsilon: Float(learner.adamEpsilon))
    options.maximumGradientNorm = Float(learner.maximumGradientNorm)
    options.discount = Float(learner.discount)
    options.intrinsicDiscount = intrinsicDiscount
    options.valueHeads = learner.valueHeads == .single ? .single : .separate
    if learner.advantages == .normalised {
      options.explorationCritic = ExplorationCritic(
        weight: Float(learner.explorationWeight), decayUpdates: Double(learner.explorationUpdates))
    }
    options.valueCoefficient = Float(learner.valueCoefficient)
    options.entropyCoefficient = Float(learner.entropyCoefficient)
    options.entropyDecay = LinearDecay(end: Float(learner.finalEntropy), updates: decayUpdates)
    options.entropyShares = EntropyShares(
      choice: Float(learner.verbEntropy), thing: Float(learner.thingEntropy), other: Float(learner.directionEntropy))
    options.floorDecay = LinearDecay(end: 0, updates: Double(learner.floorUpdates))
    options.ratioClip = Float(learner.ppoClip)
    options.lagClip = LagClip(exponent: Float(learner.lagExponent), maximum: Float(learner.maximumClip))
    options.valueClip = Float(learner.valueClip)
    options.rhoClip = Float(learner.vtraceRho)
    options.cClip = Float(learner.vtraceC)
    options.lambda = Float(learner.vtraceLambda)
    options.passes = BatchPasses(
      epochs: learner.epochs, minibatches: learner.minibatches, divergenceLimit: learner.klStop)
    return options
  }

  /// Options of the reward: coefficients, clips and the reward chain.
  public var rewardOptions: RewardOptions {
    var options = RewardOptions()
    options.extrinsicCoefficient = Float(reward.extrinsicCoefficient)
    options.intrinsicCoefficient = Float(reward.intrinsicCoefficient)
    options.countExponent = Float(reward.countExponent)
    options.extrinsicScale = Float(reward.extrinsicScale)
    options.extrinsicClip = Float(reward.extrinsicClip)
    options.normaliseExtrinsic = reward.normaliseExtrinsic
    options.discount = Float(learner.discount)
    options.intrinsicDiscount = intrinsicDiscount
    options.chain = rewardStages
    return options
  }

  /// The discount with which the intrinsic reward is learned.
  var intrinsicDiscount: Float {
    let hasOwn = learner.valueHeads == .separate && learner.intrinsicDiscount > 0
    return Float(hasOwn ? learner.intrinsicDiscount : learner.discount)
  }
}
