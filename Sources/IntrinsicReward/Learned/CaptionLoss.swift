import Glibc

/// The losses of the learned reward models, with their gradients. Sums run in one order.
enum CaptionLoss {
  /// Cross-entropy of two classes with soft targets, in nats, mean over the rows of a step:
  ///
  ///     loss = -1/N sum_i (1 - p_i) log softmax(x_i)_0 + p_i log softmax(x_i)_1
  ///
  /// - Parameters:
  ///   - logits: [N, 2]
  ///   - targets: p [N], the probability of class 1, in 0 ... 1.
  ///   - weights: [N], how much each row counts; empty: all alike.
  ///   - total: rows of the step, of which these may be some.
  ///   - gradients: [N, 2], d loss / d logits, overwritten.
  static func crossEntropy(
    logits: UnsafePointer<Float>, targets: [Float], weights: [Float] = [], total: Int,
    gradients: UnsafeMutablePointer<Float>
  ) -> Double {
    let weight = 1 / Float(total)
    var sum = 0.0
    for (row, target) in targets.enumerated() {
      let difference = logits[2 * row + 1] - logits[2 * row]
      let own = weights.isEmpty ? 1 : weights[row]
      sum += Double(own) * binary(difference, target)
      let slope = (sigmoid(difference) - target) * (weight * own)
      gradients[2 * row] = -slope
      gradients[2 * row + 1] = slope
    }
    return sum / Double(total)
  }

  /// Bradley and Terry's (1952) negative log-likelihood of preferences with soft targets, mean over the pairs of a step:
  ///
  ///     loss = -1/N sum_i y_i log sigmoid(R_a - R_b) + (1 - y_i) log sigmoid(R_b - R_a)
  ///
  /// - Parameters:
  ///   - rewards: R, one for each text of the batch.
  ///   - pairs: places in `rewards`.
  ///   - weights: how much each pair counts; empty: all alike.
  ///   - total: pairs of the step, of which these may be some.
  ///   - gradients: d loss / d R, added to.
  static func bradleyTerry(
    rewards: UnsafePointer<Float>, pairs: [RewardPair], weights: [Float] = [], total: Int,
    gradients: UnsafeMutablePointer<Float>
  ) -> Double {
    let weight = 1 / Float(total)
    var sum = 0.0
    for (index, pair) in pairs.enumerated() {
      let difference = rewards[pair.first] - rewards[pair.second]
      let own = weights.isEmpty ? 1 : weights[index]
      sum += Double(own) * binary(difference, pair.target)
      let slope = (sigmoid(difference) - pair.target) * (weight * own)
      gradients[pair.first] += slope
      gradients[pair.second] -= slope
    }
    return sum / Double(total)
  }

  /// 1 / (1 + e^-x)
  static func sigmoid(_ x: Float) -> Float { 1 / (1 + expf(-x)) }

  /// -(p log p + (1 - p) log(1 - p)) with p = sigmoid(x), in nats.
  static func entropy(_ x: Float) -> Float { Float(binary(x, sigmoid(x))) }

  /// -(p log sigmoid(x) + (1 - p) log sigmoid(-x)), without cancellation for large |x|.
  private static func binary(_ x: Float, _ p: Float) -> Double {
    let x = Double(x)
    return max(x, 0) - x * Double(p) + log1p(exp(-abs(x)))
  }
}

/// A pair of places in a batch, and how probably the first is the better one.
struct RewardPair: Sendable, Hashable {
  var first: Int
  var second: Int
  /// 0 ... 1; 0.5 = a tie.
  var target: Float

  /// How probably a caption of label `first` is better than one of label `second`. Labels are probabilities of being
  /// helpful, with log-odds s, and P(first > second) = sigmoid(s_first - s_second); two certain and equal ones are a tie.
  static func preference(_ first: Float, over second: Float) -> Float {
    let (up, down) = (first * (1 - second), second * (1 - first))
    return up + down > 0 ? up / (up + down) : 0.5
  }
}
