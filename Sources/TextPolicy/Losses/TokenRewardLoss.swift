/// T-REG (Zhou et al. 2024): DPO of a pair, with rewards of tokens that the reference gives itself when it is told to answer
/// well and to answer badly:
///
///     L = L_DPO - w alpha s(m_1 - m_0) sum over both texts, sum_t beta r_t log pi_t,   r_t = s(good_t - bad_t) - 1/2
///
/// where m = beta log(pi / pi_ref) of a text; the factor s(m_1 - m_0) counts as constant. Without it (`isWeighted` false) the
/// term is as strong for pairs that are already right.
public struct TokenRewardLoss: Sendable {
  public var preference: PreferenceLoss
  /// alpha; 0 gives DPO bit for bit.
  public var strength = 0.25
  public var isWeighted = true

  public init(preference: PreferenceLoss, strength: Double = 0.25, isWeighted: Bool = true) {
    self.preference = preference
    self.strength = strength
    self.isWeighted = isWeighted
  }

  /// r of a token, from its log-probabilities after the prompts for good and for bad answers; -1/2 ... 1/2.
  public static func reward(good: Double, bad: Double) -> Double { sigmoid(good - bad) - 0.5 }

  /// Adds d L / d log pi to `slopes`.
  /// - Parameters:
  ///   - group: two texts, of which the first one is chosen.
  ///   - rewards: r of each token of the group; those of tokens that are not chosen are ignored.
  ///   - weight: w, for instance 1 / the number of pairs.
  /// - Returns: L with a constant factor s(m_1 - m_0).
  @discardableResult
  public func add(
    _ group: TokenGroup, rewards: [Double], weight: Double, to slopes: inout [Double]
  ) -> Double {
    var loss = preference.add(group, weight: weight, to: &slopes)
    guard strength > 0 else { return loss }
    let factor = isWeighted ? sigmoid(-preference.beta * PreferenceLoss.margin(group)) : 1
    let scale = weight * strength * factor * preference.beta
    for text in 0..<2 {
      group.forEachChosen(text) { token in
        loss -= scale * rewards[token] * group.current[token]
        slopes[token] -= scale * rewards[token]
      }
    }
    return loss
  }
}
