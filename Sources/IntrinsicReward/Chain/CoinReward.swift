import Runtime

/// A control for experiments: scored steps are paid 1 with a given probability, drawn for each step separately, whatever
/// their score. A reward that teaches nothing still changes what a policy learns, by its mean and its noise.
///
/// The numbers follow from the group and the learner's updates, so that a resumed run draws as an unbroken one.
struct CoinReward: RewardTransform {
  static let entry = RewardTransformEntry(
    name: "coin", kind: .scaling,
    parameters: [.real("share", 0.5, 0...1, "probability of 1")],
    explanation: "1 with the probability share, else 0, drawn for each step with a score: a control.",
    make: { CoinReward(share: $0("share")) })

  let share: Double

  func apply(_ rewards: UnsafeMutablePointer<Float>, _ inputs: RewardInputs) {
    var stream = SplitMix64(seed: inputs.group &* 0x9E37_79B9_7F4A_7C15 ^ inputs.updates)
    for index in 0..<inputs.count {
      let uniform = Double(stream.next() >> 11) * 0x1p-53
      if !rewards[index].isNaN { rewards[index] = uniform < share ? 1 : 0 }
    }
  }
}
