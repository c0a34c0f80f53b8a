/// Clip (Gao et al. 2024, arXiv 2410.15115): r' = min(r - eta, 0), so that no number of steps sums to a gain.
///
/// Only the cost of bad steps is left, which also favours short episodes.
struct ClippedReward: RewardTransform {
  static let entry = RewardTransformEntry(
    name: "clip", kind: .bounding,
    parameters: [.real("eta", 0.5, -1000...1000, "score at and above which a step costs nothing")],
    explanation: "min(r - eta, 0): a step can only cost.",
    make: { ClippedReward(eta: Float($0("eta"))) })

  let eta: Float

  func apply(_ rewards: UnsafeMutablePointer<Float>, _ inputs: RewardInputs) {
    for index in 0..<inputs.count { rewards[index] = value(of: rewards[index]) }
  }

  func value(of score: Float) -> Float {
    if score.isNaN { return score }
    return score < eta ? score - eta : 0
  }
}

/// Delta (Gao et al. 2024, arXiv 2410.15115): the score of a step minus the score of the episode's next step,
///
///     r'_t = r_t - r_(t+1),   r'_T = r_T
///
/// so that an episode's total is r_1, whatever its length. A step without a score counts as 0; if neither step has a
/// score, the reward stays unknown.
///
/// The last step of an unroll does not know the next step: its reward is r_t, and the first step of the next unroll
/// pays the difference. Thus an unroll totals r_1 if it begins an episode and 0 if it continues one, even if unrolls in
/// between were discarded.
struct DeltaReward: RewardTransform {
  static let entry = RewardTransformEntry(
    name: "delta", kind: .bounding, parameters: [],
    explanation: "r - r of the next step; the episode's last step keeps its r. An episode totals its first step's r.",
    make: { _ in DeltaReward() })

  /// Whether the episode of each column continues from an earlier unroll.
  private var continues = EpisodeCarry<Bool>()

  mutating func apply(_ rewards: UnsafeMutablePointer<Float>, _ inputs: RewardInputs) {
    let (steps, columns) = (inputs.steps, inputs.columns)
    guard steps > 0 else { return }
    var carried = continues.take(inputs, initial: false)
    for column in 0..<columns {
      let charge = carried[column] ? rewards[column] : .nan
      for step in 0..<steps {
        let index = step * columns + column
        let isLast = inputs.ends(index) || step == steps - 1
        rewards[index] = Self.difference(rewards[index], isLast ? .nan : rewards[index + columns])
      }
      rewards[column] = Self.difference(rewards[column], charge)
      carried[column] = !inputs.ends((steps - 1) * columns + column)
    }
    continues.keep(carried, inputs)
  }

  /// score - next, where a missing (NaN) value counts as 0; NaN if both are missing.
  private static func difference(_ score: Float, _ next: Float) -> Float {
    if next.isNaN { return score }
    return (score.isNaN ? 0 : score) - next
  }
}
