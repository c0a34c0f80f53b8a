import Glibc

/// The clipped policy gradient with an advantage for each answer (Schulman et al. 2017; with advantages of a group of
/// answers to one prompt, GRPO, Shao et al. 2024):
///
///     L = w sum_t [ -min(r_t A, clip(r_t, 1 - low, 1 + high) A) + beta (e^d_t - d_t - 1) ]
///
/// with r = pi / pi_old and d = log(pi_ref / pi); the second term is Schulman's estimate k3 of the KL divergence.
public struct PolicyGradientLoss: Sendable {
  /// How far the ratio may fall and rise.
  public var clipLow = 0.2
  public var clipHigh = 0.2
  /// beta; 0 needs no reference.
  public var divergenceWeight = 0.0

  public init(clipLow: Double = 0.2, clipHigh: Double = 0.2, divergenceWeight: Double = 0) {
    self.clipLow = clipLow
    self.clipHigh = clipHigh
    self.divergenceWeight = divergenceWeight
  }

  /// Adds d L / d log pi to `slopes`, one for each token.
  /// - Parameters:
  ///   - advantages: A of each text of the group.
  ///   - weight: w, for instance 1 / the number of chosen tokens of the batch.
  /// - Returns: L
  @discardableResult
  public func add(
    _ group: TokenGroup, advantages: [Double], weight: Double, to slopes: inout [Double]
  ) -> Double {
    var loss = 0.0
    for text in 0..<group.count {
      let advantage = advantages[text]
      group.forEachChosen(text) { token in
        let ratio = exp(group.current[token] - group.old[token])
        let clipped = min(max(ratio, 1 - clipLow), 1 + clipHigh)
        // Where the clipped product is the smaller one, it does not depend on pi.
        let isClipped = clipped * advantage < ratio * advantage
        loss -= weight * min(clipped * advantage, ratio * advantage)
        if !isClipped { slopes[token] -= weight * advantage * ratio }
        guard divergenceWeight > 0 else { return }
        let difference = group.reference[token] - group.current[token]
        loss += weight * divergenceWeight * (exp(difference) - difference - 1)
        slopes[token] += weight * divergenceWeight * (1 - exp(difference))
      }
    }
    return loss
  }
}

/// Advantages of the answers to one prompt.
public enum GroupAdvantages {
  /// (r - mean) / (deviation + 1e-6) (Shao et al. 2024): zero for equal rewards.
  public static func normalised(_ rewards: [Double]) -> [Double] {
    let mean = rewards.reduce(0, +) / Double(rewards.count)
    let variance = rewards.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(rewards.count)
    let deviation = variance.squareRoot() + 1e-6
    return rewards.map { ($0 - mean) / deviation }
  }

  /// r - mean (Liu et al. 2025, "Understanding R1-Zero-like training").
  public static func centred(_ rewards: [Double]) -> [Double] {
    let mean = rewards.reduce(0, +) / Double(rewards.count)
    return rewards.map { $0 - mean }
  }
}
