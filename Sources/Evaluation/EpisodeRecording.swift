import Environments
import IntrinsicReward
import Replays

/// How the episodes of an evaluation are recorded.
public struct EpisodeRecording: Sendable {
  /// Prices of captions, for the intrinsic rewards of the records; nil omits them.
  let prices: CaptionPrices?
  /// Receives an episode and its number, on any thread.
  let keep: @Sendable (EpisodeRecord, Int) throws -> Void

  public init(prices: CaptionPrices?, keep: @escaping @Sendable (EpisodeRecord, Int) throws -> Void) {
    self.prices = prices
    self.keep = keep
  }
}

/// The known prices of captions: a run pays score * coefficient / N^beta for a caption's N-th occurrence in an episode.
public struct CaptionPrices: Sendable {
  private let scores: [[UInt8]: Float]
  private let coefficient: Float
  private let exponent: Float
  private var counts: [[UInt8]: Int] = [:]

  /// - Parameters:
  ///   - scores: the reward model's score of each caption.
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
