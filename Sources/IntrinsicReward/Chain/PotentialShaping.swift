/// Potential-based shaping (Ng, Harada, Russell 1999; with potentials that change, Devlin, Kudenko 2012): scores become
/// potentials of the states that their captions led to, and a step is paid their change,
///
///     F = discount * Phi(s') - Phi(s)
///
/// with Phi = 0 for an episode's first state, for states without a caption or whose caption has no score, and where the world
/// ends the episode. A truncated episode keeps its last potential, as the value function does. Phi(s) is what was paid for
/// s before, even if the model has changed since, so that no optimal policy changes and an episode's discounted sum is 0.
struct PotentialShaping: RewardTransform {
  static let entry = RewardTransformEntry(
    name: "potential", kind: .shaping,
    parameters: [
      RewardTransformEntry.Parameter(
        name: "discount", defaultValue: nil, defaultText: "the intrinsic reward's discount", range: 0...1,
        isInteger: false,
        explanation: "discount per step; only that of the returns that are learned leaves optimal policies alone")
    ],
    explanation: "discount * potential of the next state - potential of the state, the potential being r (or 0).",
    make: { PotentialShaping(discount: $0.parameters["discount"].map { Float($0) } ?? $0.options.intrinsicDiscount) })

  let discount: Float
  /// Phi of the state that each column is in.
  private var potentials = EpisodeCarry<Float>()

  init(discount: Float) { self.discount = discount }

  /// The formula.
  static func term(from potential: Float, to next: Float, discount: Float) -> Float { discount * next - potential }

  mutating func apply(_ rewards: UnsafeMutablePointer<Float>, _ inputs: RewardInputs) {
    var carried = potentials.take(inputs, initial: 0)
    for index in 0..<inputs.count {
      let column = index % inputs.columns
      let next = inputs.terminates(index) || rewards[index].isNaN ? 0 : rewards[index]
      rewards[index] = Self.term(from: carried[column], to: next, discount: discount)
      carried[column] = inputs.ends(index) ? 0 : next
    }
    potentials.keep(carried, inputs)
  }
}
