import Captions
import Runtime

/// Labels captions by a coin: the control that tells what labels mean from what being paid for captions does.
///
/// The coin is a hash of seed and caption, so a caption's label is the same in every process and at every repetition.
public struct RandomAnnotator: CaptionAnnotator, Sendable {
  public let kind = "random"
  public var version: String { helpfulShare == 0.5 ? "seed \(seed)" : "seed \(seed) share \(helpfulShare)" }
  public let seed: UInt64
  /// The probability of label 1. A control for labels that are mostly 0 must be so as well, or it pays for more captions.
  public let helpfulShare: Double

  public init(seed: UInt64, helpfulShare: Double = 0.5) {
    self.seed = seed
    self.helpfulShare = helpfulShare
  }

  public func annotate(_ caption: [UInt8]) -> Verdict {
    // The digest's own bits follow the text's too closely for a coin.
    var mixed = SplitMix64(seed: ByteHash.fnv1a(caption) ^ seed)
    return .label(Double(mixed.next() >> 11) * 0x1p-53 < 1 - helpfulShare ? 0 : 1)
  }
}
