import Foundation

/// How far a model's token distributions are from uniform: -1/(n V) sum over n tokens and V words of ln(V p)
/// (Scalable Best-of-N via Self-Certainty, 2502.18581), the Kullback-Leibler divergence of uniform from the model.
///
/// A server lists the likeliest alternatives only. The sum is taken over them, their probabilities scaled to one, so it
/// compares answers of one model on one server and means nothing beyond.
enum SelfCertainty {
  /// - Returns: in nats; NaN without log-probabilities.
  static func measure(_ tokens: [ModelAnswer.Token]) -> Double {
    let terms = tokens.compactMap { token -> Double? in
      let logs = token.alternatives.map(\.logProbability).filter(\.isFinite)
      guard logs.count > 1 else { return nil }
      let count = Double(logs.count)
      let total = log(logs.reduce(0) { $0 + exp($1) })
      return -logs.reduce(0) { $0 + log(count) + $1 - total } / count
    }
    return terms.isEmpty ? .nan : terms.reduce(0, +) / Double(terms.count)
  }
}
