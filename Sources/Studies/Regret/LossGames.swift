import Glibc
import Runtime

/// A player that sees the losses of all choices after each round. It is described by its chances of round t, given the sums of
/// the losses before it.
typealias LossPlayer = (_ sums: [Double], _ round: Int) -> [Double]

/// Games against sequences of losses from 0 to 1.
enum LossGames {
  static let choices = 4

  /// Where losses come from.
  enum Opponent: String, CaseIterable {
    /// Every choice has a mean of its own.
    case chance
    /// The choice that the player likes best loses, so that who follows the leader always does.
    case adversary
    /// Losses rise and fall, each at its own time.
    case waves
  }

  /// Regret of expected losses against the best fixed choice.
  static func play(
    _ player: LossPlayer, _ opponent: Opponent, rounds: Int, _ generator: inout RandomGenerator
  ) -> RegretCurve {
    let means = (0..<choices).map { _ in 0.2 + 0.6 * generator.uniform() }
    let phases = (0..<choices).map { _ in Double(generator.uniform()) * 2 * .pi }
    let period = 10 + 20 * Double(generator.uniform())
    var sums = [Double](repeating: 0, count: choices)
    var lost = 0.0
    let curve = (1...rounds).map { round -> Double in
      let chances = player(sums, round)
      let losses = (0..<choices).map { choice -> Double in
        switch opponent {
        case .chance: generator.uniform() < means[choice] ? 1 : 0
        // The first rounds are drawn, so that seeds differ.
        case .adversary: round <= 8 ? Double(generator.uniform()) : choice == favourite(chances) ? 1 : 0
        case .waves: 0.5 + 0.5 * sin(2 * .pi * Double(round) / period + phases[choice])
        }
      }
      for choice in 0..<choices {
        lost += chances[choice] * losses[choice]
        sums[choice] += losses[choice]
      }
      return lost - (sums.min() ?? 0)
    }
    return RegretCurve(curve)
  }

  private static func favourite(_ chances: [Double]) -> Int {
    chances.indices.max { chances[$0] < chances[$1] } ?? 0
  }

  /// The mean of `games` games.
  static func curve(
    _ player: LossPlayer, _ opponent: Opponent, games: Int, rounds: Int, _ generator: inout RandomGenerator
  ) -> RegretCurve {
    RegretCurve(mean: (0..<games).map { _ in play(player, opponent, rounds: rounds, &generator) })
  }

  // MARK: Players

  static func softmax(_ logits: [Double]) -> [Double] {
    let largest = logits.max() ?? 0
    let weights = logits.map { exp($0 - largest) }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
  }

  /// Exponential weights with a rate that falls with the root of the round: no regret against any opponent.
  static func hedge(_ sums: [Double], _ round: Int) -> [Double] {
    let rate = (8 * log(Double(choices)) / Double(round)).squareRoot()
    return softmax(sums.map { -rate * $0 })
  }

  /// The choice that has lost least so far: regret in every round against an adversary.
  static func leader(_ sums: [Double], _ round: Int) -> [Double] {
    let best = sums.indices.min { sums[$0] < sums[$1] } ?? 0
    return sums.indices.map { $0 == best ? 1 : 0 }
  }

  static func uniform(_ sums: [Double], _ round: Int) -> [Double] { sums.map { _ in 1 / Double(sums.count) } }
}
