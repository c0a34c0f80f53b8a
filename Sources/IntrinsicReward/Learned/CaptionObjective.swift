import Glibc
import Runtime
import Statistics
import Tensor

/// One method of learning a reward from labels: it draws examples, computes a loss, and turns outputs into rewards.
protocol CaptionObjective: Sendable {
  /// Draws the examples of a step, in groups of at most `capacity` texts; none if there is nothing to learn from.
  mutating func draw(
    from captions: LabelledCaptions, count: Int, capacity: Int, generator: inout RandomGenerator
  ) -> [RewardExamples]

  /// Writes d loss / d outputs of a group and returns its share of the step's loss.
  /// - Parameters:
  ///   - outputs: [examples.captions.count, outputs of the network]
  ///   - gradients: the same shape, zero.
  ///   - total: number of examples of the whole step, over which the loss is a mean.
  mutating func differentiate(
    _ outputs: UnsafePointer<Float>, _ examples: RewardExamples, total: Int, gradients: UnsafeMutablePointer<Float>
  ) -> Double

  /// One number for a text: the larger, the more helpful the caption.
  /// - Parameter output: [outputs of the network], for one text.
  func margin(_ output: UnsafePointer<Float>) -> Float

  /// A margin on a scale that the heads of an ensemble share; nil if the scale is not known yet.
  func value(margin: Float) -> Float?

  /// The reward of a caption with this value.
  func reward(value: Float) -> Float

  /// The agreement of margins with labels, 0 ... 1; nil if there is nothing to compare.
  /// - Parameter helpful: whether the label of each margin's caption is above one half.
  func agreement(margins: [Float], helpful: [Bool]) -> Double?

  /// The part of the saved state that is not in the network; nil if there is none.
  var moments: RunningMoments? { get set }
}

extension CaptionObjective {
  /// The reward of a caption with this margin.
  func reward(margin: Float) -> Float { value(margin: margin).map(reward(value:)) ?? 0 }
}

/// A group of a step's examples: captions, each once, and their targets.
struct RewardExamples: Sendable {
  /// Global caption ids.
  var captions: [UInt32] = []
  /// Labels, one for each caption; empty if pairs are learned.
  var targets: [Float] = []
  /// Pairs of places in `captions`.
  var pairs: [RewardPair] = []
  /// Weight of each example; empty = all 1.
  var weights: [Float] = []

  /// Number of examples.
  var count: Int { pairs.isEmpty ? targets.count : pairs.count }
}

/// The losses of the learned reward models, with their gradients. Sums run in the order of the examples.
enum CaptionLoss {
  /// Cross-entropy of two classes with soft targets, in nats, mean over the rows of a step:
  ///
  ///     loss = -1/N sum_i (1 - p_i) log softmax(x_i)_0 + p_i log softmax(x_i)_1
  ///
  /// - Parameters:
  ///   - logits: [N, 2]
  ///   - targets: p [N], the probability of class 1, in 0 ... 1.
  ///   - weights: [N], weight of each row; empty = all 1.
  ///   - total: number of rows of the step; these may be a part of them.
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

  /// Bradley and Terry's (1952) negative log-likelihood of preferences with soft targets, mean over the pairs of a
  /// step:
  ///
  ///     loss = -1/N sum_i y_i log sigmoid(R_a - R_b) + (1 - y_i) log sigmoid(R_b - R_a)
  ///
  /// - Parameters:
  ///   - rewards: R, one for each text of the batch.
  ///   - pairs: indices into `rewards`.
  ///   - weights: weight of each pair; empty = all 1.
  ///   - total: number of pairs of the step; these may be a part of them.
  ///   - gradients: d loss / d R; the gradient is added to it.
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

  /// The entropy of a Bernoulli variable in nats.
  /// - Parameter p: 0 ... 1.
  static func bernoulliEntropy(_ p: Float) -> Float {
    let p = Double(p)
    func term(_ p: Double) -> Double { p > 0 ? -p * log(p) : 0 }
    return Float(term(p) + term(1 - p))
  }

  /// -(p log sigmoid(x) + (1 - p) log sigmoid(-x)), without cancellation for large |x|.
  private static func binary(_ x: Float, _ p: Float) -> Double {
    let x = Double(x)
    return max(x, 0) - x * Double(p) + log1p(exp(-abs(x)))
  }
}

/// A pair of indices into a batch, and the probability that the first is the better one.
struct RewardPair: Sendable, Hashable {
  var first: Int
  var second: Int
  /// 0 ... 1; 0.5 = a tie.
  var target: Float

  /// The probability that a caption with label `first` is better than one with label `second`. Labels are
  /// probabilities of being helpful, with log-odds s, and P(first > second) = sigmoid(s_first - s_second). Two
  /// labels of 0, or two of 1, are a tie.
  static func preference(_ first: Float, over second: Float) -> Float {
    let (up, down) = (first * (1 - second), second * (1 - first))
    return up + down > 0 ? up / (up + down) : 0.5
  }
}
