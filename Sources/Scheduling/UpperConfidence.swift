import Glibc

/// UCB1 (Auer, Cesa-Bianchi and Fischer 2002): choose the arm with the greatest value + sqrt(alpha ln n / n_a), where n_a is
/// how often arm a was chosen and n the sum over the arms. An arm that was never chosen comes first.
///
/// With a discount below 1 the counts fade (Garivier and Moulines 2011), so that arms whose values change are tried again.
public struct UpperConfidence: Sendable, Equatable {
  /// [A] how often each arm was chosen, discounted.
  public private(set) var counts: [Double]
  /// Factor of the bonus: how much is tried.
  public let alpha: Double
  /// Factor of all counts at each choice.
  public let discount: Double

  /// - Parameters:
  ///   - arms: A, at least 1.
  ///   - alpha: at least 0; 2 in the paper, 1/2 for rewards from 0 to 1 that vary little.
  ///   - discount: above 0 and at most 1.
  public init(arms: Int, alpha: Double = 0.5, discount: Double = 1) {
    precondition(arms > 0 && alpha >= 0 && discount > 0 && discount <= 1, "a bandit has arms and a discount above 0")
    counts = Array(repeating: 0, count: arms)
    self.alpha = alpha
    self.discount = discount
  }

  /// The arm to choose.
  /// - Parameter values: [A] what each arm is worth as far as is known, from 0 to 1.
  public func best(_ values: [Double]) -> Int {
    let logarithm = log(max(1, counts.reduce(0, +)))
    var best = (index: 0, bound: -Double.infinity)
    for (index, count) in counts.enumerated() {
      // A count that has faded to nearly nothing is as good as none.
      let bound = count < Self.leastCount ? .infinity : values[index] + sqrt(alpha * logarithm / count)
      if bound > best.bound { best = (index, bound) }
    }
    return best.index
  }

  /// Counts a choice.
  public mutating func choose(_ arm: Int) {
    if discount < 1 { for index in counts.indices { counts[index] *= discount } }
    counts[arm] += 1
  }

  private static let leastCount = 1e-6

  /// Continues from saved counts.
  /// - Throws: `SchedulerError` if they are of other arms, or no counts.
  public mutating func restore(_ counts: [Double]) throws(SchedulerError) {
    guard counts.count == self.counts.count, counts.allSatisfy((0...SuccessTable.maximumCount).contains) else {
      throw SchedulerError("its counts are not those of \(self.counts.count) arms")
    }
    self.counts = counts
  }
}
