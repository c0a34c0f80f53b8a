import Environments
import Tensor

/// Labels captions by a fair coin: the control that tells what labels mean from what being paid for captions does.
///
/// The coin is a hash of seed and caption, so a caption's label is the same in every process and at every repetition.
public struct RandomAnnotator: CaptionAnnotator, Sendable {
  public let kind = "random"
  public var version: String { "seed \(seed)" }
  public let seed: UInt64

  public init(seed: UInt64) { self.seed = seed }

  public func annotate(_ caption: [UInt8]) -> Verdict {
    // The digest's own bits follow the text's too closely for a coin.
    var mixed = SplitMix64(seed: ByteHash.fnv1a(caption) ^ seed)
    return .label(mixed.next() >> 63 == 0 ? 0 : 1)
  }
}
