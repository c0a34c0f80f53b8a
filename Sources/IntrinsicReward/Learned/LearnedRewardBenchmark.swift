/// What `tengu bench reward` measures of a learned reward model: training steps, and scoring.
public final class LearnedRewardBenchmark {
  private let learner: CaptionLearner

  /// - Parameters:
  ///   - captions: of which one in two is called helpful.
  ///   - isComplete: computes every column of every text, as a network does that does not know of padding.
  public init(_ options: LearnedRewardOptions, captions: [[UInt8]], isComplete: Bool) {
    learner = CaptionLearner(options, isComplete: isComplete)
    let ids = captions.indices.map { UInt32($0 + 1) }
    learner.take(
      RewardNews(
        captions: zip(ids, captions).map { NewCaption(id: $0, bytes: $1) },
        labels: ids.map { CaptionLabel(caption: $0, value: Float($0 % 2)) }), policyUpdates: 0)
  }

  /// One update from a batch.
  public func trainStep() { learner.trainStep() }

  /// Scores all captions with the network as it is.
  public func score() { learner.scoreAll() }
}
