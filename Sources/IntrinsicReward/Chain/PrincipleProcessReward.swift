/// PPR with reward normalisation (2025, arXiv 2509.25598, as its released code computes it): process scores and the
/// episode's outcome o, 1 for an episode that reached its goal, else 0,
///
///     r_t = s_t + o - 1 for each scored step but the last of the episode,      r_T = o
///
/// so that no failure totals more than 0 and no success less than 1. The outcome is not known when earlier steps are paid:
/// they get s_t, and the episode's last step gets o + n (o - 1), where n is the number of paid steps. Totals are the same.
///
/// An episode that began before the session counts from the session's first unroll.
struct PrincipleProcessReward: RewardTransform {
  static let entry = RewardTransformEntry(
    name: "ppr", kind: .bounding, parameters: [],
    explanation:
      "r, bounded to 0 ... 1, and with the episode's last step o + n (o - 1) in place of r, where o is 1 for success, "
      + "else 0, and n the number of the episode's steps with a score. A failure totals at most 0 and a success at least 1 (PPR).",
    make: { _ in PrincipleProcessReward() })

  /// Number of paid steps of each column's episode so far.
  private var paid = EpisodeCarry<Int>()

  mutating func apply(_ rewards: UnsafeMutablePointer<Float>, _ inputs: RewardInputs) {
    var carried = paid.take(inputs, initial: 0)
    for index in 0..<inputs.count {
      let column = index % inputs.columns
      if inputs.ends(index) {
        let outcome: Float = inputs.succeeds(index) ? 1 : 0
        rewards[index] = outcome + Float(carried[column]) * (outcome - 1)
        carried[column] = 0
      } else if !rewards[index].isNaN {
        rewards[index] = value(of: rewards[index])
        carried[column] += 1
      }
    }
    paid.keep(carried, inputs)
  }

  func value(of score: Float) -> Float { score.isNaN ? score : min(max(score, 0), 1) }
}
