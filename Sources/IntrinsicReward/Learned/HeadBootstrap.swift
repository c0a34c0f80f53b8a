import Glibc
import Runtime
import Tensor

/// How often each head of an ensemble counts an example: draws of a Poisson distribution of mean 1, which is what drawing
/// with replacement comes to for many examples (Oza, Russell 2001). Hashes draw, so an example counts alike every time it
/// comes and in every session.
enum HeadBootstrap {
  private static let maximumWeight: Float = 8

  /// Weights of one example, one for each head; never all zero.
  /// - Parameter digest: of the example.
  static func weights(_ digest: UInt64, heads: Int) -> [Float] {
    var stream = SplitMix64(seed: digest)
    var weights = (0..<heads).map { _ in poisson(Double(stream.next() >> 11) * 0x1p-53) }
    if weights.allSatisfy({ $0 == 0 }) { weights[Int(stream.next() % UInt64(heads))] = 1 }
    return weights
  }

  /// The digest of a pair, whichever is first.
  static func digest(_ first: UInt64, _ second: UInt64) -> UInt64 { first &+ second }

  /// The number whose cumulative probability first exceeds `uniform`, in 0 ..< 1.
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
