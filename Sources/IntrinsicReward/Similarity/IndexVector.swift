import Runtime
import Tensor

/// The fixed vector of a word or a piece of one: a few entries of ±1 where a hash of its bytes says, else 0. Two of them
/// are nearly orthogonal (Kanerva, Kristofersson, Holst 2000).
enum IndexVector {
  static let dimensions = 256
  private static let entries = 8

  /// Adds `weight` times the index vector of `bytes` to `sum` [dimensions].
  static func add(_ bytes: some Sequence<UInt8>, weight: Float = 1, to sum: UnsafeMutablePointer<Float>) {
    var stream = SplitMix64(seed: TextDigest.fnv1a(bytes))
    for _ in 0..<entries {
      let bits = stream.next()
      sum[Int(bits % UInt64(dimensions))] += bits >> 63 == 0 ? weight : -weight
    }
  }
}
