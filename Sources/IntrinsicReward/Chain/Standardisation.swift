import Statistics

/// Scores in deviations from their running mean,
///
///     z = (r - mean) / deviation
///
/// over the steps that have a score. Steps without one stay unknown and count for nothing.
struct Standardisation: RewardTransform {
  static let entry = RewardTransformEntry(
    name: "standardise", kind: .scaling,
    parameters: [
      .real("decay", 1, 0...1, "factor of the weight of earlier scores, for each unroll; 1 forgets nothing")
    ],
    explanation: "(r - mean) / deviation, with the running moments of the scores.",
    make: { Standardisation(decay: $0("decay")) })

  /// Deviations below this are not divided by: before the scores have differed, all are paid 0.
  static let minimumDeviation = 1e-6

  private(set) var moments: RunningMoments

  init(decay: Double) { moments = RunningMoments(decay: decay) }

  mutating func apply(_ rewards: UnsafeMutablePointer<Float>, _ inputs: RewardInputs) {
    moments.merge(UnsafeBufferPointer(start: rewards, count: inputs.count))
    for index in 0..<inputs.count { rewards[index] = value(of: rewards[index]) }
  }

  func value(of score: Float) -> Float { moments.standardised(score, minimumDeviation: Self.minimumDeviation) }

  var state: RewardTransformState? { .moments(moments) }

  mutating func restore(_ state: RewardTransformState) -> Bool {
    guard case .moments(let saved) = state, saved.decay == moments.decay else { return false }
    moments = saved
    return true
  }

  var facts: [RewardFact: Double] { moments.facts }
}

extension RunningMoments {
  /// `value` in deviations from the mean; 0 while the deviation is below `minimumDeviation`. NaN stays NaN.
  func standardised(_ value: Float, minimumDeviation: Double) -> Float {
    guard let deviation, deviation >= minimumDeviation, !value.isNaN else { return value.isNaN ? value : 0 }
    return Float((Double(value) - mean) / deviation)
  }

  /// Mean and deviation, once there are any.
  var facts: [RewardFact: Double] { deviation.map { [.mean: mean, .deviation: $0] } ?? [:] }
}
