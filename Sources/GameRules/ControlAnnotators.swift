import Captions
import Runtime

/// An annotator for tests and for environments whose good captions are known: an oracle with optional errors.
public struct StubAnnotator: CaptionAnnotator, Sendable {
  public let kind: String
  public var version: String {
    "flip \(flipRate) seed \(seed)" + (phraseLabel > 0 ? " phrases \(phraseLabel)" : "")
  }

  /// The share of captions whose label l becomes 1 - l, 0 ... 1.
  public var flipRate: Float
  public let seed: UInt64
  /// Reasoning-pattern reward (RPR, Lv et al. 2025): a caption that contains a phrase has at least this label, right or
  /// wrong, so that a wrong 0 costs less. 0 leaves labels as they are.
  public var phraseLabel: Float = 0
  public var phrases: [String] = []
  private let oracle: @Sendable ([UInt8]) -> Float?

  /// - Parameters:
  ///   - kind: name of the question that it answers.
  ///   - oracle: the true label, or nil to abstain.
  public init(
    kind: String = "oracle", flipRate: Float = 0, seed: UInt64 = 0, oracle: @escaping @Sendable ([UInt8]) -> Float?
  ) {
    self.kind = kind
    self.flipRate = flipRate
    self.seed = seed
    self.oracle = oracle
  }

  public func annotate(_ caption: [UInt8]) -> Verdict {
    guard let label = oracle(caption), label.isFinite else { return .abstain }
    let noisy = isFlipped(caption) ? 1 - label : label
    return .label(noisy < phraseLabel && containsPhrase(caption) ? phraseLabel : noisy)
  }

  private func containsPhrase(_ caption: [UInt8]) -> Bool {
    let text = String(decoding: caption, as: UTF8.self)
    return phrases.contains { text.contains($0) }
  }

  /// Depends on seed and caption only, so that every process and every repetition has the same errors. A caption that
  /// is flipped at one rate is flipped at every higher rate.
  func isFlipped(_ caption: [UInt8]) -> Bool {
    let hash = caption.withUnsafeBufferPointer { ByteHash.fast($0, seed: seed) }
    return Float(hash >> 40) * 0x1p-24 < flipRate
  }
}

/// Labels captions at random: the control that separates the effect of the labels from the effect of any reward for
/// captions.
///
/// The label is a hash of seed and caption, so that it is the same in every process and every repetition.
public struct RandomAnnotator: CaptionAnnotator, Sendable {
  public let kind = "random"
  public var version: String { helpfulShare == 0.5 ? "seed \(seed)" : "seed \(seed) share \(helpfulShare)" }
  public let seed: UInt64
  /// The probability of label 1. A control for labels that are mostly 0 needs the same share, or it would reward more
  /// captions.
  public let helpfulShare: Double

  public init(seed: UInt64, helpfulShare: Double = 0.5) {
    self.seed = seed
    self.helpfulShare = helpfulShare
  }

  public func annotate(_ caption: [UInt8]) -> Verdict {
    // The bits of the digest alone depend too much on the text to be random.
    var mixed = SplitMix64(seed: ByteHash.fnv1a(caption) ^ seed)
    return .label(Double(mixed.next() >> 11) * 0x1p-53 < 1 - helpfulShare ? 0 : 1)
  }
}
