/// Computes the rewards that an update learns from, at train time, so that data of any age gets the newest labels.
///
///     extrinsic_t = a_ext * clip(scale * r_t / deviation, ±clip)      (the division only when normalising)
///     intrinsic_t = a_int * chain(score(c_t))                         (0 where the model has no score)
///
/// after ONI (Zheng et al. 2024), with the caption the step led to instead of the one it started from.
public struct RewardMixer: Sendable {
  public let options: RewardOptions
  /// The running deviation of the extrinsic return; fed only when `options.normaliseExtrinsic`. Save it with the run.
  public var normaliser: ReturnNormaliser
  /// What scores go through. Save its state with the run.
  public var chain: RewardChain

  public init(_ options: RewardOptions) {
    self.options = options
    normaliser = ReturnNormaliser(discount: options.discount)
    chain = RewardChain(options)
  }

  /// Writes both rewards of an unroll, [T, E] each, and returns what was paid.
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
        group: inputs.group, rewards: inputs.rewards, flags: inputs.flags, endMask: RewardInputs.endMask,
        steps: inputs.steps, columns: inputs.columns)
      scale /= normaliser.divisor
    }
    let bound = options.extrinsicClip > 0 ? options.extrinsicClip : .infinity
    for index in 0..<statistics.steps {
      let reward = inputs.rewards[index] * scale
      // Written as two comparisons because a reward that is not a number must stay one and be found by the update.
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
      // Unknown is paid nothing, and with a coefficient of 0 all are paid the same 0, without a sign.
      let isPaid = !intrinsic[index].isNaN && options.intrinsicCoefficient != 0
      let reward = isPaid ? options.intrinsicCoefficient * intrinsic[index] : 0
      intrinsic[index] = reward
      if reward != 0 { statistics.paidSteps += 1 }
      statistics.intrinsicSum += Double(reward)
    }
  }
}
