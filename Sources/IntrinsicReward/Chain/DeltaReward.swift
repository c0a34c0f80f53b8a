/// Delta (Gao et al. 2024, arXiv 2410.15115): a step is paid what it scored, less what the next step of the episode scores,
///
///     r'_t = r_t - r_(t+1),   r'_T = r_T
///
/// so that an episode's total is r_1, however long it goes on. Steps without a score count as 0; where neither step has one,
/// the reward stays unknown.
///
/// The last step of an unroll does not know the next one: it is paid r_t, and the next unroll's first step is charged for it.
/// Every unroll thus totals r_1 if it begins an episode and 0 if it goes on with one, even where unrolls in between were
/// discarded.
struct DeltaReward: RewardTransform {
  static let entry = RewardTransformEntry(
    name: "delta", kind: .bounding, parameters: [],
    explanation: "r - r of the next step; the episode's last step keeps its r. An episode totals its first step's r.",
    make: { _ in DeltaReward() })

  /// Whether the episode of each column goes on from an earlier unroll.
  private var goesOn = EpisodeCarry<Bool>()

  mutating func apply(_ rewards: UnsafeMutablePointer<Float>, _ inputs: RewardInputs) {
    let (steps, columns) = (inputs.steps, inputs.columns)
    guard steps > 0 else { return }
    var carried = goesOn.take(inputs, initial: false)
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
    goesOn.keep(carried, inputs)
  }

  /// `score` - `next`, of which either may be missing, but not both.
  private static func difference(_ score: Float, _ next: Float) -> Float {
    if next.isNaN { return score }
    return (score.isNaN ? 0 : score) - next
  }
}
