/// The policy gradient of Nash-MD (Munos et al. 2023): an answer y of the policy is judged against an answer of the mixture of
/// policy and reference, and the divergence from the reference is a reward, both by the likelihood-ratio gradient:
///
///     d L = -w sum_t [ P(y > y') - 1/2 - tau log(pi / pi_ref)_t ] d log pi_t
public struct NashLoss: Sendable {
  /// tau
  public var divergenceWeight = 0.1

  public init(divergenceWeight: Double = 0.1) { self.divergenceWeight = divergenceWeight }

  /// Adds d L / d log pi to `slopes`.
  /// - Parameters:
  ///   - wins: P(y > y') of each text of the group, 0 ... 1.
  ///   - weight: w, for instance 1 / the number of texts.
  /// - Returns: the sum of slope times log pi, whose gradient is d L for constant coefficients.
  @discardableResult
  public func add(
    _ group: TokenGroup, wins: [Double], weight: Double, to slopes: inout [Double]
  ) -> Double {
    var loss = 0.0
    for text in 0..<group.count {
      group.forEachChosen(text) { token in
        let divergence = group.current[token] - group.reference[token]
        let slope = weight * (divergenceWeight * divergence - (wins[text] - 0.5))
        slopes[token] += slope
        loss += slope * group.current[token]
      }
    }
    return loss
  }
}
