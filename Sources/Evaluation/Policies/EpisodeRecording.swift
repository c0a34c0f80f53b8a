import Replays

/// What becomes of an evaluation's episodes beside their results.
public struct EpisodeRecording: Sendable {
  /// What captions are worth, for the intrinsic rewards of the records; nil leaves them out.
  let prices: CaptionPrices?
  /// Takes an episode and its number, on any thread.
  let keep: @Sendable (EpisodeRecord, Int) throws -> Void

  public init(prices: CaptionPrices?, keep: @escaping @Sendable (EpisodeRecord, Int) throws -> Void) {
    self.prices = prices
    self.keep = keep
  }
}
