/// Clip (Gao et al. 2024, arXiv 2410.15115): r' = min(r - eta, 0), so that no number of steps adds up to a gain.
///
/// All that is left is a price of bad steps, which also favours short episodes.
struct ClippedReward: RewardTransform {
  static let entry = RewardTransformEntry(
    name: "clip", kind: .bounding,
    parameters: [.real("eta", 0.5, -1000...1000, "score from which on nothing is to be paid for a step")],
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
