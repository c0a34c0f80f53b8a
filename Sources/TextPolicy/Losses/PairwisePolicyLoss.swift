import Glibc

/// P3O (Wu et al. 2023, version 2): the policy gradient of a pair of answers to one prompt by the difference of their
/// rewards, which a reward that depends on the prompt alone cannot change.
///
///     d L = -w c d [log pi(y_0) - log pi(y_1)],   c = min(rho D, clip(rho, 1 - clip, 1 + clip) D),   D = (r_0 - r_1) / 2
///
/// with the joint ratio rho = pi(y_0) pi(y_1) / (pi_old(y_0) pi_old(y_1)), which counts as constant. r is the reward minus
/// `divergenceWeight` times log(pi_old / pi_ref) of the answer.
public struct PairwisePolicyLoss: Sendable {
  public var clip = 0.2
  public var divergenceWeight = 0.0

  public init(clip: Double = 0.2, divergenceWeight: Double = 0) {
    self.clip = clip
    self.divergenceWeight = divergenceWeight
  }

  /// c
  public func coefficient(_ group: TokenGroup, rewards: [Double]) -> Double {
    var shaped = [rewards[0], rewards[1]]
    if divergenceWeight > 0 {
      for text in 0..<2 {
        group.forEachChosen(text) { token in
          shaped[text] -= divergenceWeight * (group.old[token] - group.reference[token])
        }
      }
    }
    let half = (shaped[0] - shaped[1]) / 2
    let ratio = exp(group.logRatio(0, to: group.old) + group.logRatio(1, to: group.old))
    return min(ratio * half, min(max(ratio, 1 - clip), 1 + clip) * half)
  }

  /// Adds d L / d log pi to `slopes`.
  /// - Parameters:
  ///   - group: two texts.
  ///   - rewards: one for each.
  ///   - weight: w
  /// - Returns: -w c [log pi(y_0) - log pi(y_1)], whose gradient is d L for constant c.
  @discardableResult
  public func add(
    _ group: TokenGroup, rewards: [Double], weight: Double, to slopes: inout [Double]
  ) -> Double {
    let coefficient = weight * coefficient(group, rewards: rewards)
    var loss = 0.0
    for (text, sign) in [(0, 1.0), (1, -1.0)] {
      group.forEachChosen(text) { token in
        loss -= sign * coefficient * group.current[token]
        slopes[token] -= sign * coefficient
      }
    }
    return loss
  }
}
