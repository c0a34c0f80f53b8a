import Glibc
import Runtime
import Scheduling

/// A bandit whose arms pay 0 or 1, each with a chance of its own, as a player without a model of it sees it.
struct BanditGame: Sendable {
  static let arms = 5
  let chances: [Double]
  private(set) var counts: [Double]
  private(set) var wins: [Double]
  /// Pulls so far.
  private(set) var round = 0

  init(_ generator: inout RandomGenerator) {
    chances = (0..<Self.arms).map { _ in 0.2 + 0.6 * Double(generator.uniform()) }
    counts = Array(repeating: 0, count: Self.arms)
    wins = counts
  }

  /// Pulls an arm.
  /// - Returns: how much less it pays in the mean than the best arm.
  mutating func pull(_ arm: Int, _ generator: inout RandomGenerator) -> Double {
    round += 1
    counts[arm] += 1
    if Double(generator.uniform()) < chances[arm] { wins[arm] += 1 }
    return (chances.max() ?? 0) - chances[arm]
  }

  /// Mean pay of an arm, 1/2 before the first pull.
  func mean(_ arm: Int) -> Double { counts[arm] > 0 ? wins[arm] / counts[arm] : 0.5 }
}

/// Players of bandits, as functions from a game to the chances of its arms.
enum BanditPlayers {
  typealias Player = (BanditGame) -> [Double]

  static func upperConfidence(_ game: BanditGame) -> [Double] {
    var bandit = UpperConfidence(arms: BanditGame.arms, alpha: 0.5)
    // Counts of a game are counts of choices, so that they always fit.
    guard (try? bandit.restore(game.counts)) != nil else { return uniform(game) }
    return certain(bandit.best((0..<BanditGame.arms).map(game.mean)))
  }

  /// Every arm once, then the one that has paid best: it may never try the best arm again.
  static func greedy(_ game: BanditGame) -> [Double] {
    if let new = game.counts.firstIndex(of: 0) { return certain(new) }
    return certain((0..<BanditGame.arms).max { game.mean($0) < game.mean($1) } ?? 0)
  }

  static func uniform(_ game: BanditGame) -> [Double] {
    Array(repeating: 1 / Double(BanditGame.arms), count: BanditGame.arms)
  }

  private static func certain(_ arm: Int) -> [Double] { (0..<BanditGame.arms).map { $0 == arm ? 1 : 0 } }

  static func draw(_ chances: [Double], _ generator: inout RandomGenerator) -> Int {
    var rest = Double(generator.uniform())
    for (arm, chance) in chances.enumerated() {
      rest -= chance
      if rest < 0 { return arm }
    }
    return chances.count - 1
  }

  /// Mean regret of some games.
  static func curve(_ player: Player, games: Int, rounds: Int, _ generator: inout RandomGenerator) -> RegretCurve {
    RegretCurve(
      mean: (0..<games).map { _ in
        var game = BanditGame(&generator)
        var regret = 0.0
        return RegretCurve(
          (0..<rounds).map { _ in
            regret += game.pull(draw(player(game), &generator), &generator)
            return regret
          })
      })
  }
}

/// A policy of bandits that is trained by policy gradient with a return of minus the regret. Its logits are linear in four
/// features of each arm, with the same weights for all arms: its mean, the bonus of arms that were seldom pulled, and both
/// times the logarithm of the round, so that it can become surer.
struct BanditPolicy: Sendable {
  private static let featureCount = 4
  private(set) var weights = [Double](repeating: 0, count: featureCount)

  private func features(_ game: BanditGame, _ arm: Int) -> [Double] {
    let logarithm = log(1 + Double(game.round))
    let (mean, bonus) = (game.mean(arm) - 0.5, (logarithm / (1 + game.counts[arm])).squareRoot())
    return [mean, bonus, mean * logarithm, bonus * logarithm]
  }

  func chances(_ game: BanditGame) -> [Double] { chances((0..<BanditGame.arms).map { features(game, $0) }) }

  private func chances(_ features: [[Double]]) -> [Double] {
    LossGames.softmax(features.map { zip($0, weights).reduce(0) { $0 + $1.0 * $1.1 } })
  }

  /// One game: the gradient of the log-probability of each pull, and its regret.
  private func play(
    rounds: Int, _ generator: inout RandomGenerator
  ) -> [(gradient: [Double], regret: Double)] {
    var game = BanditGame(&generator)
    return (0..<rounds).map { _ in
      let rows = (0..<BanditGame.arms).map { features(game, $0) }
      let chances = chances(rows)
      let arm = BanditPlayers.draw(chances, &generator)
      let gradient = (0..<Self.featureCount).map { index in
        rows[arm][index] - zip(rows, chances).reduce(0) { $0 + $1.0[index] * $1.1 }
      }
      return (gradient, game.pull(arm, &generator))
    }
  }

  /// Steps of a fixed length that shrinks to 0, along the gradient of the return from each pull on. Its baseline is the mean
  /// over the batch at the same round.
  mutating func train(updates: Int, games: Int, rounds: Int, length: Double, _ generator: inout RandomGenerator) {
    for update in 0..<updates {
      let batch = (0..<games).map { _ in play(rounds: rounds, &generator) }
      var sum = [Double](repeating: 0, count: Self.featureCount)
      var rest = [Double](repeating: 0, count: games)
      for round in (0..<rounds).reversed() {
        for index in 0..<games { rest[index] += batch[index][round].regret }
        let baseline = rest.reduce(0, +) / Double(games)
        for index in 0..<games {
          let advantage = baseline - rest[index]
          for feature in sum.indices { sum[feature] += advantage * batch[index][round].gradient[feature] }
        }
      }
      let norm = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard norm > 0 else { continue }
      let step = length * (1 - Double(update) / Double(updates)) / norm
      for feature in sum.indices { weights[feature] += step * sum[feature] }
    }
  }
}
