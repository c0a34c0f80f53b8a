/// Direct preference optimisation (Rafailov et al. 2023) of pairs: text 0 is better than text 1 with probability `trust`.
///
///     L = -w [ trust log s(beta m) + (1 - trust) log s(-beta m) ] + w optimism beta sum log pi(y_1)
///     m = log(pi / pi_ref)(y_0) - log(pi / pi_ref)(y_1)
///
/// With trust below 1 it is the loss of CREAM (Wang et al. 2024). With chosen answers from demonstrations and the previous
/// policy as reference it is SPIN (Chen et al. 2024); with pairs by win rate, DNO (Rosset et al. 2024). Optimism makes the
/// rejected answer, which the reference wrote, less likely in any case, so that new ones are tried (SELM, Zhang et al. 2024).
public struct PreferenceLoss: Sendable {
  public var beta = 0.1
  public var optimism = 0.0

  public init(beta: Double = 0.1, optimism: Double = 0) {
    self.beta = beta
    self.optimism = optimism
  }

  /// log(pi / pi_ref)(y_0) - log(pi / pi_ref)(y_1)
  static func margin(_ group: TokenGroup) -> Double {
    group.logRatio(0, to: group.reference) - group.logRatio(1, to: group.reference)
  }

  /// Adds d L / d log pi to `slopes`.
  /// - Parameters:
  ///   - group: two texts, of which the first one is chosen.
  ///   - trust: 1 for plain DPO.
  ///   - weight: w, for instance 1 / the number of pairs.
  /// - Returns: L
  @discardableResult
  public func add(
    _ group: TokenGroup, trust: Double = 1, weight: Double, to slopes: inout [Double]
  ) -> Double {
    let margin = beta * Self.margin(group)
    let slope = -weight * beta * (trust * sigmoid(-margin) - (1 - trust) * sigmoid(margin))
    group.forEachChosen(0) { slopes[$0] += slope }
    var loss = -weight * (trust * logSigmoid(margin) + (1 - trust) * logSigmoid(-margin))
    group.forEachChosen(1) { token in
      slopes[token] += weight * optimism * beta - slope
      loss += weight * optimism * beta * group.current[token]
    }
    return loss
  }
}
