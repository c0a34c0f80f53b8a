import Statistics

/// PPR with reward normalisation (2025, arXiv 2509.25598; the exact normalisation is ours): scores of steps and the
/// outcome of the episode, on scales by which no failure gets more than a success,
///
///     sum over steps of clip(z(r_p), ±2) / T  +  k * (outcome - mean outcome)
///
/// where z is the score standardised by running moments, and the outcome is 1 for an episode that reached its goal,
/// else 0. The first part is paid step by step, for the first T steps of an episode; the second part with the episode's
/// last step. If k is 4 or more, episodes with the same mean outcome keep the order of their outcomes. The mean outcome
/// is fixed during an unroll, so this holds within each unroll.
struct PrincipleProcessReward: RewardTransform {
  static let entry = RewardTransformEntry(
    name: "ppr", kind: .bounding,
    parameters: [
      .real("k", 4, 4...1000, "weight of the outcome; below 4 a failure could be paid more than a success"),
      .integer(
        "steps", 1000, 1...1_000_000_000, "T: scores of later steps of an episode are not paid"),
    ],
    explanation:
      "r standardised by its running moments, clipped to ±2 and divided by steps, plus k * (outcome - mean outcome) "
      + "at the end of the episode, where the outcome is 1 for success, else 0 (PPR).",
    make: { PrincipleProcessReward(k: $0("k"), steps: Int($0("steps"))) })

  static let bound: Float = 2

  let k: Double
  /// T, the number of paid steps of an episode.
  let steps: Int
  private(set) var scores = RunningMoments()
  private(set) var outcomes = RunningMoments()
  /// Number of steps of each column's episode so far.
  private var played = EpisodeCarry<Int>()

  init(k: Double, steps: Int) {
    self.k = k
    self.steps = steps
  }

  mutating func apply(_ rewards: UnsafeMutablePointer<Float>, _ inputs: RewardInputs) {
    scores.merge(UnsafeBufferPointer(start: rewards, count: inputs.count))
    var ended: [Float] = []
    var carried = played.take(inputs, initial: 0)
    for index in 0..<inputs.count {
      let column = index % inputs.columns
      carried[column] += 1
      rewards[index] = step(rewards[index], number: carried[column])
      guard inputs.ends(index) else { continue }
      let outcome: Float = inputs.succeeds(index) ? 1 : 0
      ended.append(outcome)
      rewards[index] = (rewards[index].isNaN ? 0 : rewards[index]) + Float(k * (Double(outcome) - outcomes.mean))
      carried[column] = 0
    }
    played.keep(carried, inputs)
    ended.withUnsafeBufferPointer { outcomes.merge($0) }
  }

  /// The first part of the reward. `number` counts the steps of an episode from 1.
  private func step(_ score: Float, number: Int) -> Float {
    if score.isNaN || number > steps { return score.isNaN ? score : 0 }
    let z = scores.standardised(score, minimumDeviation: Standardisation.minimumDeviation)
    return min(max(z, -Self.bound), Self.bound) / Float(steps)
  }

  var state: RewardTransformState? { .calibration(scores: scores, outcomes: outcomes) }

  mutating func restore(_ state: RewardTransformState) -> Bool {
    guard case .calibration(let scores, let outcomes) = state else { return false }
    (self.scores, self.outcomes) = (scores, outcomes)
    return true
  }

  var facts: [RewardFact: Double] {
    scores.facts.merging(outcomes.count > 0 ? [.wins: outcomes.mean] : [:]) { first, _ in first }
  }
}
