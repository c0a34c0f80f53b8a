import Runtime
import Tensor

/// The categorical distribution over actions of a row of logits: softmax(logits).
///
/// A logit of -infinity gives its action probability zero. A row with a NaN, or with all logits -infinity, has no
/// distribution: its log-probabilities and entropy are NaN, and the caller checks for that.
public enum Categorical {
  /// Writes the log-probabilities of every action. `logits` and `result` [rows, actionCount] may be the same memory.
  public static func logSoftmax(
    _ logits: UnsafePointer<Float>, rows: Int, actionCount: Int, into result: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<rows {
      Rows.logSoftmax(logits + row * actionCount, into: result + row * actionCount, count: actionCount)
    }
  }

  /// The action at which the cumulative probability of one row exceeds `uniform`, a number in [0, 1), with its
  /// log-probability. An action of probability zero is never chosen.
  public static func sample(
    _ logits: UnsafePointer<Float>, actionCount: Int, uniform: Float
  ) -> (action: Int, logProbability: Float) {
    let sample = Rows.sample(logits, count: actionCount, uniform: uniform)
    return (sample.index, sample.logProbability)
  }

  /// Samples an action for each row of `logits` [rows, actionCount], in row order.
  /// - Parameters:
  ///   - actions: [rows].
  ///   - logProbabilities: [rows], the log-probabilities of the sampled actions.
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

  /// The entropy -sum p log p of one row, in nats, from its log-probabilities.
  public static func entropy(logProbabilities: UnsafePointer<Float>, actionCount: Int) -> Float {
    Rows.entropy(logProbabilities: logProbabilities, count: actionCount)
  }

  /// Writes the gradient with respect to one row of logits of a loss that depends on the row through the
  /// log-probability of one action and through the entropy:
  ///
  ///     dL/dlogit_j = dL/dlogp(a) * (1[j = a] - p_j) - dL/dH * p_j * (log p_j + H)
  ///
  /// - Parameters:
  ///   - logProbabilities: [actionCount], the log-probabilities of the row.
  ///   - action: a, an action index.
  ///   - logProbabilityGradient: dL/dlogp(a).
  ///   - entropyGradient: dL/dH.
  ///   - entropy: H, the entropy of the row.
  ///   - gradient: [actionCount], overwritten.
  public static func writeGradient(
    logProbabilities: UnsafePointer<Float>, actionCount: Int, action: Int, logProbabilityGradient: Float,
    entropyGradient: Float, entropy: Float, into gradient: UnsafeMutablePointer<Float>
  ) {
    Rows.writeLogitGradients(
      logProbabilities: logProbabilities, count: actionCount, index: action,
      logProbabilityGradient: logProbabilityGradient, entropyGradient: entropyGradient, entropy: entropy,
      into: gradient)
  }
}
