import Glibc

/// NFT (Chen et al. 2025): likelihood of right answers, and of the wrong ones under the negative policy that the sampling
/// policy and the trained one imply. For an answer with outcome y in {0, 1}, in a group whose share of right answers is p:
///
///     L = -w s sum_t [ y log R_t + (1 - y) log max(floor, (1 - p R_t) / (1 - p)) ],   R = pi / pi_old,  s = sqrt((1 - p) / p)
///
/// With R = 1 its slopes are those of GRPO. Where the maximum is the floor, the gradient is the one just before it
/// (straight through).
public struct NegativeAwareLoss: Sendable {
  public var floor = 1e-3

  public init(floor: Double = 1e-3) { self.floor = floor }

  /// The group's share of right answers, within 0.02 ... 0.98; nil if all or none are right, which teaches nothing.
  static func share(_ outcomes: [Bool]) -> Double? {
    let right = outcomes.count { $0 }
    guard right > 0, right < outcomes.count else { return nil }
    return min(max(Double(right) / Double(outcomes.count), 0.02), 0.98)
  }

  /// Adds d L / d log pi to `slopes`.
  /// - Parameters:
  ///   - outcomes: y of each text of the group.
  ///   - positivesOnly: skips the wrong answers, which is rejection fine-tuning (RFT).
  ///   - weight: w, for instance 1 / the number of chosen tokens of the batch.
  /// - Returns: L
  @discardableResult
  public func add(
    _ group: TokenGroup, outcomes: [Bool], positivesOnly: Bool = false, weight: Double, to slopes: inout [Double]
  ) -> Double {
    guard let share = Self.share(outcomes) else { return 0 }
    let scale = weight * ((1 - share) / share).squareRoot()
    var loss = 0.0
    for text in 0..<group.count {
      group.forEachChosen(text) { token in
        let logRatio = group.current[token] - group.old[token]
        if outcomes[text] {
          loss -= scale * logRatio
          slopes[token] -= scale
        } else if !positivesOnly {
          let ratio = exp(logRatio)
          let negative = (1 - share * ratio) / (1 - share)
          loss -= scale * log(max(floor, negative))
          slopes[token] += scale * share * ratio / ((1 - share) * max(floor, negative))
        }
      }
    }
    return loss
  }
}
