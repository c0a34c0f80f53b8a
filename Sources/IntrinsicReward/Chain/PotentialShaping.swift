/// Potential-based shaping (Ng, Harada, Russell 1999; with changing potentials, Devlin, Kudenko 2012): the score of a
/// step's caption is the potential of the state that the step led to, and the reward is the change of the potential,
///
///     F = discount * Phi(s') - Phi(s)
///
/// Phi is 0 for an episode's first state, for states without a scored caption, and for terminal states. With `sum`, Phi
/// is the sum of the scores of the episode's distinct captions so far. A truncated episode keeps its last potential, as
/// the value function does. Phi(s) is the potential used when s was reached, even if the model has changed since, so
/// that no optimal policy changes and an episode's discounted sum is 0.
struct PotentialShaping: RewardTransform {
  static let entry = RewardTransformEntry(
    name: "potential", kind: .shaping,
    parameters: [
      RewardTransformEntry.Parameter(
        name: "discount", defaultValue: nil, defaultText: "the intrinsic reward's discount", range: 0...1,
        isInteger: false,
        explanation: "discount per step; only the discount of the learned returns keeps optimal policies unchanged"),
      .integer("sum", 0, 0...1, "1 takes the sum of r over the episode's distinct captions as the potential"),
    ],
    explanation:
      "discount * potential of the next state - potential of the state, where the potential is r, or 0 without "
      + "a score.",
    make: {
      PotentialShaping(
        discount: $0.parameters["discount"].map { Float($0) } ?? $0.options.intrinsicDiscount, sums: $0("sum") == 1)
    })

  let discount: Float
  let sums: Bool
  /// Phi of the current state of each column.
  private var potentials = EpisodeCarry<Float>()

  init(discount: Float, sums: Bool = false) {
    self.discount = discount
    self.sums = sums
  }

  /// The formula.
  static func term(from potential: Float, to next: Float, discount: Float) -> Float { discount * next - potential }

  mutating func apply(_ rewards: UnsafeMutablePointer<Float>, _ inputs: RewardInputs) {
    var carried = potentials.take(inputs, initial: 0)
    for index in 0..<inputs.count {
      let column = index % inputs.columns
      let next = inputs.terminates(index) ? 0 : potential(of: index, rewards[index], inputs, carried[column])
      rewards[index] = Self.term(from: carried[column], to: next, discount: discount)
      carried[column] = inputs.ends(index) ? 0 : next
    }
    potentials.keep(carried, inputs)
  }

  /// Phi of the non-terminal state that a step led to.
  private func potential(of index: Int, _ score: Float, _ inputs: RewardInputs, _ before: Float) -> Float {
    let known = score.isNaN ? 0 : score
    guard sums else { return known }
    return inputs.captionCounts[index] <= 1 ? before + known : before
  }
}
