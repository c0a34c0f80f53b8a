import Glibc

/// Rewards that fade as the run goes on: r' = e^(-t / updates) * r, with t the updates of the policy so far.
struct Annealing: RewardTransform {
  static let entry = RewardTransformEntry(
    name: "anneal", kind: .annealing,
    parameters: [
      .integer("updates", 500, 1...1_000_000_000, "policy updates after which rewards are 1/e of what they were")
    ],
    explanation: "r * e^(-t / updates), t being the updates of the policy so far.",
    make: { Annealing(updates: $0("updates")) })

  let updates: Double
  private var latest: Float?

  init(updates: Double) { self.updates = updates }

  mutating func apply(_ rewards: UnsafeMutablePointer<Float>, _ inputs: RewardInputs) {
    let factor = Float(exp(-Double(inputs.updates) / updates))
    latest = factor
    for index in 0..<inputs.count { rewards[index] *= factor }
  }

  var facts: [RewardFact: Double] { latest.map { [.anneal: Double($0)] } ?? [:] }
}
