import Environments
import IntrinsicReward

/// What a run pays for captions, as far as it is known: score * coefficient / N^beta for a caption's N-th time in an
/// episode.
public struct CaptionPrices: Sendable {
  private let scores: [[UInt8]: Float]
  private let coefficient: Float
  private let exponent: Float
  private var counts: [[UInt8]: Int] = [:]

  /// - Parameters:
  ///   - scores: of the reward model, by caption.
  ///   - coefficient: reward.intrinsic_coefficient.
  ///   - exponent: reward.count_exponent.
  public init(scores: [[UInt8]: Float], coefficient: Float, exponent: Float) {
    self.scores = scores
    self.coefficient = coefficient
    self.exponent = exponent
  }

  /// The intrinsic reward of the episode's next caption; captions without a score are paid nothing.
  mutating func next(_ caption: CaptionBuffer) -> Float {
    guard caption.count > 0 else { return 0 }
    let text = Array(caption.bytes)
    counts[text, default: 0] += 1
    guard let score = scores[text], score != 0 else { return 0 }
    return coefficient * score * EpisodicCount.weight(count: counts[text] ?? 1, exponent: exponent)
  }
}
