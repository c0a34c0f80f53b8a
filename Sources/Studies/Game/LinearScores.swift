import Environments
import Runtime

/// A number for each action, linear in the features: a policy's logits, or what an action is worth.
struct LinearScores: Sendable, Equatable {
  private(set) var weights: [Float]
  let features: Int
  let actions: Int

  /// All numbers 0.
  init(features: Int = GameTasks.features, actions: Int = GameTasks.actions) {
    (self.features, self.actions) = (features, actions)
    weights = Array(repeating: 0, count: features * actions)
  }

  func value(_ input: [Float], _ action: Int) -> Float {
    var sum: Float = 0
    for index in 0..<features where input[index] != 0 { sum += weights[action * features + index] * input[index] }
    return sum
  }

  func values(_ input: [Float]) -> [Float] { (0..<actions).map { value(input, $0) } }

  /// Log-probabilities of the actions, if the numbers are logits.
  func logProbabilities(_ input: [Float]) -> [Float] { Logistic.logSoftmax(values(input)) }

  /// Raises the number of an action by `amount` times the square of the input.
  mutating func raise(_ input: [Float], _ action: Int, by amount: Float) {
    for index in 0..<features where input[index] != 0 { weights[action * features + index] += amount * input[index] }
  }

  /// Follows d log pi(action) / d weights, `amount` times.
  mutating func raiseLogProbability(_ input: [Float], _ action: Int, by amount: Float) {
    let logs = logProbabilities(input)
    for other in 0..<actions {
      raise(input, other, by: amount * ((other == action ? 1 : 0) - Logistic.exp(logs[other])))
    }
  }

  /// Adds the weights of another one, `amount` times.
  mutating func add(_ other: LinearScores, _ amount: Float) {
    for index in weights.indices { weights[index] += amount * other.weights[index] }
  }

  /// A policy that has imitated a perfect player on some tasks for some epochs: the start of what wins now and then.
  static func imitation(
    of tasks: [CaptionGridState], epochs: Int, rate: Float, _ generator: inout RandomGenerator
  ) -> LinearScores {
    var moves: [(features: [Float], action: Int)] = []
    for task in tasks {
      var world = task
      while let action = GameTasks.best(world) {
        moves.append((world.features, action))
        if world.step(CaptionGridAction(rawValue: action) ?? .wait).transition.done { break }
      }
    }
    var policy = LinearScores()
    for _ in 0..<epochs * moves.count {
      let move = moves[generator.below(moves.count)]
      policy.raiseLogProbability(move.features, move.action, by: rate)
    }
    return policy
  }
}
