/// The negative log-likelihood of chosen tokens, L = -w sum_t s log pi, with a factor s for each text: demonstrations,
/// corrections, answers that a filter kept. Tokens that are not chosen (prompts, wrong steps) are masked.
public enum LikelihoodLoss {
  /// Adds d L / d log pi to `slopes`.
  /// - Parameters:
  ///   - weight: w, for instance 1 / the number of chosen tokens of the batch.
  ///   - factors: s of each text of the group; nil for 1.
  /// - Returns: L
  @discardableResult
  public static func add(
    _ group: TokenGroup, weight: Double, factors: [Double]? = nil, to slopes: inout [Double]
  ) -> Double {
    var loss = 0.0
    for text in 0..<group.count {
      let factor = weight * (factors?[text] ?? 1)
      group.forEachChosen(text) { token in
        loss -= factor * group.current[token]
        slopes[token] -= factor
      }
    }
    return loss
  }
}
