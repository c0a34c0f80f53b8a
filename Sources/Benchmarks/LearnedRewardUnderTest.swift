import IntrinsicReward

/// What `tengu-bench reward` measures of a learned reward model: training steps, and scoring.
final class LearnedRewardUnderTest {
  private let learner: CaptionLearner

  /// - Parameters:
  ///   - captions: of which one in two is called helpful.
  ///   - isComplete: computes every column of every text, as a network does that does not know of padding.
  init(_ options: LearnedRewardOptions, captions: [[UInt8]], isComplete: Bool) {
    learner = CaptionLearner(options, isComplete: isComplete)
    let ids = captions.indices.map { UInt32($0 + 1) }
    learner.take(
      RewardUpdate(
        captions: zip(ids, captions).map { NewCaption(id: $0, bytes: $1) },
        labels: ids.map { CaptionLabel(caption: $0, value: Float($0 % 2)) }), policyUpdates: 0)
  }

  /// One update from a batch.
  func trainStep() { learner.trainStep() }

  /// Scores all captions with the network as it is.
  func score() { learner.scoreAll() }
}

/// A learned reward model that can be looked into, for `tengu-bench methods`.
final class LearnedRewardTrial {
  private let learner: CaptionLearner

  /// - Parameter captions: with ids from 1, in their order.
  init(_ options: LearnedRewardOptions, captions: [NewCaption]) {
    learner = CaptionLearner(options)
    learner.take(RewardUpdate(captions: captions), policyUpdates: 0)
  }

  /// Learns from an arrival of answers, and scores all captions anew.
  func learn(_ preferences: [CaptionPreference]) {
    var update = RewardUpdate()
    update.preferences = preferences
    learner.take(update, policyUpdates: 0)
    while learner.advance() {}
  }

  /// What every caption is paid, in the order of the ids; NaN before the first arrival.
  var rewards: [Float] { Array(learner.scores.values.dropFirst()) }

  /// The weight each pair would be learned with by the model as it is, 0 where it is left out.
  func weights(of preferences: [CaptionPreference]) -> [Float] { learner.weights(of: preferences) }

  /// What each head finds a caption worth.
  func headValues(_ caption: UInt32) -> [Float] { learner.headValues(caption) }

  /// What heads of these values pay together.
  static func pay(_ values: [Float], meanWeight: Float) -> Float {
    HeadMixture.mix(values, meanWeight: meanWeight)
  }
}
