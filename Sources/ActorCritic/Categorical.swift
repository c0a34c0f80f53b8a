import Glibc
import Tensor

/// The categorical distribution over actions that a row of logits stands for: softmax(logits).
///
/// A logit of -infinity is an action of probability zero. A row with a NaN, or with nothing above -infinity, has no
/// distribution: log-probabilities and entropy come out as NaN, for the caller to notice.
public enum Categorical {
  /// Log-probabilities of every action. `logits` and `result` [rows, actionCount] may be the same memory.
  public static func logSoftmax(
    _ logits: UnsafePointer<Float>, rows: Int, actionCount: Int, into result: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<rows {
      Rows.logSoftmax(logits + row * actionCount, into: result + row * actionCount, count: actionCount)
    }
  }

  /// The action at which the cumulated probabilities of one row pass `uniform` (in [0, 1)), with its log-probability.
  public static func sample(
    _ logits: UnsafePointer<Float>, actionCount: Int, uniform: Float
  ) -> (action: Int, logProbability: Float) {
    let highest = maximum(logits, actionCount)
    let total = sumOfWeights(logits, actionCount, highest)
    let threshold = uniform * total
    var cumulated: Float = 0
    var chosen = 0
    // Added up in the same order as the total, so the sum ends at the total, which lies above the threshold; and an action
    // of weight zero never is the one that passes it.
    for action in 0..<actionCount {
      chosen = action
      cumulated += expf(logits[action] - highest)
      if cumulated > threshold { break }
    }
    return (chosen, logits[chosen] - highest - logf(total))
  }

  /// Samples an action for each row of `logits` [rows, actionCount], in row order.
  /// - Parameters:
  ///   - actions: [rows].
  ///   - logProbabilities: [rows], of the sampled actions.
  public static func sample(
    _ logits: UnsafePointer<Float>, rows: Int, actionCount: Int, generator: inout RandomGenerator,
    actions: UnsafeMutablePointer<Int32>, logProbabilities: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<rows {
      let (action, logProbability) = sample(
        logits + row * actionCount, actionCount: actionCount, uniform: generator.uniform())
      actions[row] = Int32(action)
      logProbabilities[row] = logProbability
    }
  }

  /// Log-probability of one action of one row of logits.
  public static func logProbability(_ logits: UnsafePointer<Float>, actionCount: Int, action: Int) -> Float {
    let highest = maximum(logits, actionCount)
    return logits[action] - highest - logf(sumOfWeights(logits, actionCount, highest))
  }

  /// -sum p log p of one row, in nats, from its log-probabilities.
  public static func entropy(logProbabilities: UnsafePointer<Float>, actionCount: Int) -> Float {
    var sum: Float = 0
    for action in 0..<actionCount {
      let logProbability = logProbabilities[action]
      if logProbability == -.infinity { continue }  // p log p -> 0
      sum -= expf(logProbability) * logProbability
    }
    return sum
  }

  /// Writes the gradient with respect to one row of logits of a loss that depends on the row through the
  /// log-probability of one action and through the entropy:
  ///
  ///     dL/dlogit_j = dL/dlogp(a) * (1[j = a] - p_j) - dL/dH * p_j * (log p_j + H)
  ///
  /// - Parameters:
  ///   - logProbabilities: [actionCount] of the row.
  ///   - action: a.
  ///   - logProbabilityGradient: dL/dlogp(a).
  ///   - entropyGradient: dL/dH.
  ///   - entropy: H of the row.
  ///   - gradient: [actionCount], overwritten.
  public static func writeGradient(
    logProbabilities: UnsafePointer<Float>, actionCount: Int, action: Int, logProbabilityGradient: Float,
    entropyGradient: Float, entropy: Float, into gradient: UnsafeMutablePointer<Float>
  ) {
    for index in 0..<actionCount {
      let logProbability = logProbabilities[index]
      if logProbability == -.infinity {
        gradient[index] = 0
        continue
      }
      let slope = logProbabilityGradient + entropyGradient * (logProbability + entropy)
      gradient[index] = -expf(logProbability) * slope
    }
    gradient[action] += logProbabilityGradient
  }

  /// sum(exp(logit - highest)), shifted so that it neither overflows nor vanishes.
  private static func sumOfWeights(_ logits: UnsafePointer<Float>, _ actionCount: Int, _ highest: Float) -> Float {
    var sum: Float = 0
    for action in 0..<actionCount { sum += expf(logits[action] - highest) }
    return sum
  }

  private static func maximum(_ logits: UnsafePointer<Float>, _ actionCount: Int) -> Float {
    var highest = logits[0]
    for action in 1..<actionCount where logits[action] > highest { highest = logits[action] }
    return highest
  }
}
