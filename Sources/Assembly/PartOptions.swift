import ActorCritic
import Configuration
import IntrinsicReward
import NeuralNetwork

/// The configuration in the words of the modules it is for.
extension RunConfiguration {
  public var actorCriticOptions: ActorCriticOptions {
    var options = ActorCriticOptions()
    let decayUpdates = Double(learner.decayUpdates)
    options.learningRate = Float(learner.learningRate)
    options.learningRateDecay = LinearDecay(end: Float(learner.finalLearningRate), updates: decayUpdates)
    options.adam = AdamOptions(
      beta1: Float(learner.adamBeta1), beta2: Float(learner.adamBeta2), epsilon: Float(learner.adamEpsilon))
    options.maximumGradientNorm = Float(learner.maximumGradientNorm)
    options.discount = Float(learner.discount)
    options.intrinsicDiscount = Float(learner.intrinsicDiscount)
    options.valueHeads = learner.valueHeads == .single ? .single : .separate
    if learner.advantages == .normalised {
      options.explorationCritic = ExplorationCritic(
        weight: Float(learner.explorationWeight), decayUpdates: Double(learner.explorationUpdates))
    }
    options.valueCoefficient = Float(learner.valueCoefficient)
    options.entropyCoefficient = Float(learner.entropyCoefficient)
    options.entropyDecay = LinearDecay(end: Float(learner.finalEntropy), updates: decayUpdates)
    options.ratioClip = Float(learner.ppoClip)
    options.valueClip = Float(learner.valueClip)
    options.rhoClip = Float(learner.vtraceRho)
    options.cClip = Float(learner.vtraceC)
    return options
  }

  /// For a learned reward model.
  public var learnedRewardOptions: LearnedRewardOptions {
    let isRanking = reward.model == .ranking
    var options = LearnedRewardOptions(isRanking ? .ranking : .classification)
    options.threshold = Float(isRanking ? reward.rankingThreshold : reward.classificationThreshold)
    options.paysProbability = reward.soft
    options.paysRawOutput = reward.fidelity == .oniReleased
    options.momentDecay = reward.momentDecay
    options.learningRate = Float(reward.learningRate)
    options.batchSize = reward.batchSize
    options.maximumGradientNorm = Float(reward.maximumGradientNorm)
    options.stepsPerArrival = reward.stepsPerArrival
    options.stepsPerUpdate = reward.stepsPerUpdate
    options.arrivalLimit = reward.arrivalLimit
    options.heads = reward.ensemble
    options.meanWeight = Float(reward.ensembleMeanWeight)
    options.weighsConsistency = reward.cream
    options.filtersUncertain = reward.upo
    options.filterDropout = Float(reward.upoDropout)
    options.pretrainSteps = reward.pretrainSteps
    options.isFrozen = reward.frozen
    options.seed = UInt64(bitPattern: Int64(run.seed))
    return options
  }

  /// For random network distillation.
  public var randomDistillationOptions: RandomDistillationOptions {
    var options = RandomDistillationOptions()
    options.width = reward.rndWidth
    options.share = Float(reward.rndShare)
    options.learningRate = Float(reward.learningRate)
    options.discount = Float(learner.valueHeads == .separate ? learner.intrinsicDiscount : learner.discount)
    options.seed = UInt64(bitPattern: Int64(run.seed))
    return options
  }

  public var rewardOptions: RewardOptions {
    var options = RewardOptions()
    options.extrinsicCoefficient = Float(reward.extrinsicCoefficient)
    options.intrinsicCoefficient = Float(reward.intrinsicCoefficient)
    options.countExponent = Float(reward.countExponent)
    options.extrinsicScale = Float(reward.extrinsicScale)
    options.extrinsicClip = Float(reward.extrinsicClip)
    options.normaliseExtrinsic = reward.normaliseExtrinsic
    options.discount = Float(learner.discount)
    let isSeparate = learner.valueHeads == .separate
    options.intrinsicDiscount = Float(isSeparate ? learner.intrinsicDiscount : learner.discount)
    options.chain = rewardStages
    return options
  }
}
