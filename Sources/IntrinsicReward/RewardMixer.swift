import Statistics
import Trajectories

/// Computes the rewards of an update at training time, so that data of any age gets the newest labels.
///
///     extrinsic_t = a_ext * clip(scale * r_t / deviation, ±clip)      (the division only when normalising)
///     intrinsic_t = a_int * chain(score(c_t))                         (0 if the model has no score)
///
/// after ONI (Zheng et al. 2024), where c_t is the caption that step t led to; ONI takes the caption before the step.
public struct RewardMixer: Sendable {
  public let options: RewardOptions
  /// Running deviation of the extrinsic return; updated only if `options.normaliseExtrinsic`. Part of the run's state.
  public var normaliser: ReturnNormaliser
  /// The transforms of scores. Their state is part of the run's state.
  public var chain: RewardChain

  public init(_ options: RewardOptions) {
    self.options = options
    normaliser = ReturnNormaliser(discount: options.discount)
    chain = RewardChain(options)
  }

  /// Moments of what this learner has seen, which the learners of a run share; always as many.
  public var ownMoments: [RunningMoments] {
    (options.normaliseExtrinsic ? [normaliser.moments] : []) + chain.ownMoments
  }

  /// Receives what the other learners have seen, one for each of `ownMoments`, in place of what came before.
  public mutating func take(othersMoments: [RunningMoments]) {
    var rest = othersMoments[...]
    if options.normaliseExtrinsic, let first = rest.popFirst() { normaliser.othersMoments = first }
    chain.take(othersMoments: rest)
  }

  /// Writes both rewards of an unroll, [T, E] each.
  /// - Returns: the sums of the rewards and counts of the steps.
  public mutating func mix(
    _ inputs: RewardInputs, model: inout some RewardModel,
    extrinsic: UnsafeMutablePointer<Float>, intrinsic: UnsafeMutablePointer<Float>
  ) -> RewardStatistics {
    var statistics = RewardStatistics()
    statistics.steps = inputs.steps * inputs.columns
    mixExtrinsic(inputs, into: extrinsic, &statistics)
    mixIntrinsic(inputs, &model, into: intrinsic, &statistics)
    return statistics
  }

  private mutating func mixExtrinsic(
    _ inputs: RewardInputs, into extrinsic: UnsafeMutablePointer<Float>, _ statistics: inout RewardStatistics
  ) {
    var scale = options.extrinsicScale
    if options.normaliseExtrinsic {
      normaliser.observe(
        group: inputs.group, rewards: inputs.rewards, flags: inputs.flags, endMask: StepFlags.ended.rawValue,
        steps: inputs.steps, columns: inputs.columns)
      scale /= normaliser.divisor
    }
    let bound = options.extrinsicClip > 0 ? options.extrinsicClip : .infinity
    for index in 0..<statistics.steps {
      let reward = inputs.rewards[index] * scale
      // Two comparisons and not min and max, because a NaN reward must stay NaN for the update to detect it.
      let clipped = reward > bound ? bound : reward < -bound ? -bound : reward
      if clipped != reward, !reward.isNaN { statistics.clippedSteps += 1 }
      extrinsic[index] = options.extrinsicCoefficient * clipped
      statistics.extrinsicSum += Double(extrinsic[index])
    }
  }

  private mutating func mixIntrinsic(
    _ inputs: RewardInputs, _ model: inout some RewardModel, into intrinsic: UnsafeMutablePointer<Float>,
    _ statistics: inout RewardStatistics
  ) {
    model.score(inputs, into: intrinsic)
    for index in 0..<statistics.steps where inputs.captions[index] != 0 {
      statistics.captionedSteps += 1
      if !intrinsic[index].isNaN { statistics.labelledSteps += 1 }
    }
    chain.apply(intrinsic, inputs, model)
    for index in 0..<statistics.steps {
      // Steps without a score are paid 0. With a coefficient of 0 all steps are paid +0, never -0.
      let isPaid = !intrinsic[index].isNaN && options.intrinsicCoefficient != 0
      let reward = isPaid ? options.intrinsicCoefficient * intrinsic[index] : 0
      intrinsic[index] = reward
      if reward != 0 { statistics.paidSteps += 1 }
      statistics.intrinsicSum += Double(reward)
    }
  }
}

/// Sums and counts of a reward mixer's unrolls. The statistics of several unrolls add up.
public struct RewardStatistics: Sendable, Hashable {
  /// Number of steps.
  public var steps = 0
  /// Number of steps that led to a caption.
  public var captionedSteps = 0
  /// Number of steps whose caption has a score.
  public var labelledSteps = 0
  /// Number of steps with an intrinsic reward other than 0.
  public var paidSteps = 0
  /// Sum of the extrinsic rewards after scale, clip and coefficient.
  public var extrinsicSum = 0.0
  /// Sum of the intrinsic rewards after chain and coefficient.
  public var intrinsicSum = 0.0
  /// Number of steps whose scaled extrinsic reward lay outside the clip.
  public var clippedSteps = 0

  public init() {}

  /// Number of steps that led to a caption without a score.
  public var unlabelledSteps: Int { captionedSteps - labelledSteps }
  /// Share of all steps whose caption has a score; nil before the first step.
  public var knownShare: Double? { steps > 0 ? Double(labelledSteps) / Double(steps) : nil }
  /// Share of the captioned steps whose caption has a score; nil before the first caption.
  public var coverage: Double? { captionedSteps > 0 ? Double(labelledSteps) / Double(captionedSteps) : nil }
  /// Mean intrinsic reward of a step; nil before the first step.
  public var meanIntrinsic: Double? { steps > 0 ? intrinsicSum / Double(steps) : nil }
  /// Mean extrinsic reward of a step after scale, clip and coefficient; nil before the first step.
  public var meanExtrinsic: Double? { steps > 0 ? extrinsicSum / Double(steps) : nil }

  public static func += (sum: inout RewardStatistics, other: RewardStatistics) {
    sum.steps += other.steps
    sum.captionedSteps += other.captionedSteps
    sum.labelledSteps += other.labelledSteps
    sum.paidSteps += other.paidSteps
    sum.extrinsicSum += other.extrinsicSum
    sum.intrinsicSum += other.intrinsicSum
    sum.clippedSteps += other.clippedSteps
  }
}
