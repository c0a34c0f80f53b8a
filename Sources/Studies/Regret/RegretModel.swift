import Glibc
import Runtime

/// A model that learns to have no regret from sequences of random losses, without a teacher (the regret loss of Park et al.
/// 2024). Its chances of round t are
///
///     softmax(A S / sqrt(t)),   S = the sum of the losses before it, [K];   A [K, K]
///
/// one layer of linear attention from a constant query to the losses so far, as in the paper's analysis, where the minimiser
/// is follow the regularised leader: A = -c times the identity, up to a constant of each column. The loss of a batch of
/// sequences is
///
///     1/k log mean_j exp(k regret_j)
///
/// because the mean of the regret does not depend on the model if losses have the mean 0 whatever came before.
struct RegretModel: Sendable {
  static let size = LossGames.choices
  /// k.
  var sharpness = 0.3
  /// [K, K], row by row.
  private(set) var matrix = [Double](repeating: 0, count: size * size)

  /// Chances of a round.
  func chances(_ sums: [Double], _ round: Int) -> [Double] {
    let scale = 1 / Double(round).squareRoot()
    return LossGames.softmax(
      (0..<Self.size).map { row in
        (0..<Self.size).reduce(0) { $0 + matrix[row * Self.size + $1] * sums[$1] } * scale
      })
  }

  /// The loss of a batch, [N][T][K], and its gradient.
  func loss(_ batch: [[[Double]]]) -> (value: Double, gradient: [Double]) {
    let games = batch.map(regret)
    let largest = games.map(\.regret).max() ?? 0
    let weights = games.map { exp(sharpness * ($0.regret - largest)) }
    let sum = weights.reduce(0, +)
    var gradient = [Double](repeating: 0, count: matrix.count)
    for (game, weight) in zip(games, weights) {
      for index in gradient.indices { gradient[index] += weight / sum * game.gradient[index] }
    }
    return (largest + log(sum / Double(batch.count)) / sharpness, gradient)
  }

  /// Regret of a sequence, [T][K], and its gradient.
  private func regret(_ losses: [[Double]]) -> (regret: Double, gradient: [Double]) {
    var sums = [Double](repeating: 0, count: Self.size)
    var gradient = [Double](repeating: 0, count: matrix.count)
    var lost = 0.0
    for (index, own) in losses.enumerated() {
      let chances = chances(sums, index + 1)
      let mean = zip(chances, own).reduce(0) { $0 + $1.0 * $1.1 }
      lost += mean
      let scale = 1 / Double(index + 1).squareRoot()
      for row in 0..<Self.size {
        let slope = chances[row] * (own[row] - mean) * scale
        for column in 0..<Self.size { gradient[row * Self.size + column] += slope * sums[column] }
      }
      for choice in 0..<Self.size { sums[choice] += own[choice] }
    }
    return (lost - (sums.min() ?? 0), gradient)
  }

  /// Descends along the gradient, with steps of a fixed length that shrink to 0: the loss is as steep as sequences are long.
  mutating func train(
    updates: Int, sequences: Int, rounds: Int, length: Double, _ generator: inout RandomGenerator
  ) {
    for update in 0..<updates {
      let batch = (0..<sequences).map { _ in
        (0..<rounds).map { _ in (0..<Self.size).map { _ in Double(generator.gaussian()) } }
      }
      let gradient = loss(batch).gradient
      let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard norm > 0 else { continue }
      let step = length * (1 - Double(update) / Double(updates)) / norm
      for index in matrix.indices { matrix[index] -= step * gradient[index] }
    }
  }

  /// Mean of A's diagonal less the mean of the others: negative where a choice that has lost much is chosen less.
  var ownLessOthers: Double {
    let diagonal = (0..<Self.size).map { matrix[$0 * Self.size + $0] }
    let sum = diagonal.reduce(0, +)
    let others = matrix.reduce(0, +) - sum
    return sum / Double(Self.size) - others / Double(Self.size * (Self.size - 1))
  }

  /// For tests: changes an element.
  mutating func nudge(_ index: Int, by amount: Double) { matrix[index] += amount }
}
