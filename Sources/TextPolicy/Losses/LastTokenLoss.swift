/// LaSeR (Yang et al. 2025): the policy's own reward of an answer is the log-probability of one fixed token after its end, and
/// is fitted to the verifier's outcome:
///
///     L = w b (r - y)^2,   r = scale (log pi(z | answer) - constant)
///
/// It is added to a policy gradient, which masks the position of z.
public struct LastTokenLoss: Sendable {
  /// What a nat of log-probability is worth.
  public var scale = 0.1
  /// The log-probability that is worth 0. With scale 0.1, ten nats above it are worth 1.
  public var constant = -10.0
  public var strength = 0.1

  public init(scale: Double = 0.1, constant: Double = -10, strength: Double = 0.1) {
    self.scale = scale
    self.constant = constant
    self.strength = strength
  }

  /// r, from log pi(z | answer).
  public func reward(logProbability: Double) -> Double { scale * (logProbability - constant) }

  /// b of right and of wrong answers, so that both kinds weigh the same in a batch; 1 if there is one kind.
  public static func balance(right: Int, wrong: Int) -> (right: Double, wrong: Double) {
    guard right > 0, wrong > 0 else { return (1, 1) }
    let count = Double(right + wrong)
    return (count / (2 * Double(right)), count / (2 * Double(wrong)))
  }

  /// Adds d L / d log pi(z) to the slope of the last token of each text, which is z.
  /// - Parameters:
  ///   - outcomes: y of each text of the group.
  ///   - balance: b
  ///   - weight: w, for instance 1 / the number of texts.
  /// - Returns: L
  @discardableResult
  public func add(
    _ group: TokenGroup, outcomes: [Bool], balance: (right: Double, wrong: Double), weight: Double,
    to slopes: inout [Double]
  ) -> Double {
    var loss = 0.0
    for text in 0..<group.count {
      let token = group.starts[text + 1] - 1
      let error = reward(logProbability: group.current[token]) - (outcomes[text] ? 1 : 0)
      let factor = weight * strength * (outcomes[text] ? balance.right : balance.wrong)
      loss += factor * error * error
      slopes[token] += 2 * factor * error * scale
    }
    return loss
  }
}
