import Glibc

/// The trust weight of SophiaVL-R1 (Fan et al. 2025, arXiv 2505.17018): rewards count less if lost episodes got more
/// reward than won ones,
///
///     r' = weight * g * r,   g = 1 if mu_win >= mu_lose, else e^(mu_win - mu_lose)
///
/// where mu is the mean over the latest won (or lost) episodes of the mean reward of an episode's scored steps. g is 0
/// until there are episodes of both kinds. Rewards must be in [0, 1].
struct TrustGate: RewardTransform {
  static let entry = RewardTransformEntry(
    name: "trust", kind: .trust,
    parameters: [.real("weight", 0.3, 0...1000, "factor of trusted rewards")],
    explanation:
      "weight * g * r, with g = 1 if won episodes got at least the mean reward of lost ones, else "
      + "e^(mean of won - mean of lost), and 0 until there are episodes of both kinds (SophiaVL-R1).",
    make: { TrustGate(weight: Float($0("weight"))) })

  /// Number of latest episodes of each kind in the means.
  static let windowCount = 128

  /// Sum and number of an episode's rewards so far.
  private struct Sum: Sendable {
    var sum: Float = 0
    var count = 0

    var mean: Float? { count > 0 ? sum / Float(count) : nil }
  }

  let weight: Float
  /// Mean rewards of the latest episodes, oldest first.
  private(set) var won: [Float] = []
  private(set) var lost: [Float] = []
  private var sums = EpisodeCarry<Sum>()

  init(weight: Float) { self.weight = weight }

  /// g, the gate.
  var gate: Float { Self.gate(won: won, lost: lost) }

  /// The formula; 0 if either list is empty.
  static func gate(won: [Float], lost: [Float]) -> Float {
    guard !won.isEmpty, !lost.isEmpty else { return 0 }
    let difference = mean(won) - mean(lost)
    return difference >= 0 ? 1 : expf(difference)
  }

  private static func mean(_ values: [Float]) -> Float { values.reduce(0, +) / Float(values.count) }

  /// Adds the unroll's episodes to the means, then weighs its rewards.
  mutating func apply(_ rewards: UnsafeMutablePointer<Float>, _ inputs: RewardInputs) {
    var carried = sums.take(inputs, initial: Sum())
    for index in 0..<inputs.count {
      let column = index % inputs.columns
      if !rewards[index].isNaN {
        carried[column].sum += rewards[index]
        carried[column].count += 1
      }
      guard inputs.ends(index) else { continue }
      if let mean = carried[column].mean {
        if inputs.succeeds(index) { won.append(mean) } else { lost.append(mean) }
      }
      carried[column] = Sum()
    }
    sums.keep(carried, inputs)
    won.removeFirst(max(0, won.count - Self.windowCount))
    lost.removeFirst(max(0, lost.count - Self.windowCount))
    let factor = weight * gate
    for index in 0..<inputs.count { rewards[index] *= factor }
  }

  var state: RewardTransformState? { .outcomes(won: won, lost: lost) }

  mutating func restore(_ state: RewardTransformState) -> Bool {
    guard case .outcomes(let won, let lost) = state else { return false }
    (self.won, self.lost) = (won, lost)
    return true
  }

  var facts: [RewardFact: Double] { [.trust: Double(weight * gate)] }
}
