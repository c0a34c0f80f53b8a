import Glibc
import Runtime
import Tensor

/// The weights of an example for the heads of an ensemble: draws from a Poisson distribution of mean 1, the limit of
/// drawing with replacement for many examples (Oza, Russell 2001). The random numbers are hashes of the example, so
/// that its weights are the same at every occurrence and in every session.
enum HeadBootstrap {
  private static let maximumWeight: Float = 8

  /// Weights of one example, one for each head; never all zero.
  /// - Parameter digest: digest of the example.
  static func weights(_ digest: UInt64, heads: Int) -> [Float] {
    var stream = SplitMix64(seed: digest)
    var weights = (0..<heads).map { _ in poisson(Double(stream.next() >> 11) * 0x1p-53) }
    if weights.allSatisfy({ $0 == 0 }) { weights[Int(stream.next() % UInt64(heads))] = 1 }
    return weights
  }

  /// The digest of a pair, independent of its order.
  static func digest(_ first: UInt64, _ second: UInt64) -> UInt64 { first &+ second }

  /// The smallest number whose cumulative probability exceeds `uniform`, a number in 0 ..< 1.
  private static func poisson(_ uniform: Double) -> Float {
    var (weight, probability) = (Float(0), exp(-1.0))
    var sum = probability
    while uniform >= sum, weight < maximumWeight {
      weight += 1
      probability /= Double(weight)
      sum += probability
    }
    return weight
  }
}

/// Combines the values of several heads for one caption (Yan et al. 2024, reward-robust learning):
///
///     r = gamma mean_k(x_k) + (1 - gamma) min_k(x_k)
///
/// With the minimum, a single wrong head cannot raise a reward alone. Classification mixes probabilities before the
/// threshold; ranking mixes outputs that are standardised by each head's own moments.
package enum HeadMixture {
  /// - Parameters:
  ///   - values: one for each head, at least one.
  ///   - meanWeight: gamma, the weight of the mean, 0 ... 1.
  package static func mix(_ values: [Float], meanWeight: Float) -> Float {
    guard meanWeight < 1, let least = values.min() else { return mean(values) }
    return meanWeight * mean(values) + (1 - meanWeight) * least
  }

  static func mean(_ values: [Float]) -> Float { values.reduce(0, +) / Float(values.count) }

  /// Population standard deviation.
  static func deviation(_ values: [Float]) -> Float {
    let mean = mean(values)
    return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(values.count)).squareRoot()
  }
}
