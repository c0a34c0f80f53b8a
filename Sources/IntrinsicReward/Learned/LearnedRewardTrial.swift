/// A learned reward model that can be looked into, for `tengu bench methods`.
public final class LearnedRewardTrial {
  private let learner: CaptionLearner

  /// - Parameter captions: with ids from 1, in their order.
  public init(_ options: LearnedRewardOptions, captions: [NewCaption]) {
    learner = CaptionLearner(options)
    learner.take(RewardNews(captions: captions), policyUpdates: 0)
  }

  /// Learns from an arrival of answers, and scores all captions anew.
  public func learn(_ preferences: [CaptionPreference]) {
    var news = RewardNews()
    news.preferences = preferences
    learner.take(news, policyUpdates: 0)
    while learner.advance() {}
  }

  /// What every caption is paid, in the order of the ids; NaN before the first arrival.
  public var rewards: [Float] { Array(learner.scores.values.dropFirst()) }

  /// The weight each pair would be learned with by the model as it is, 0 where it is left out.
  public func weights(of preferences: [CaptionPreference]) -> [Float] { learner.weights(of: preferences) }

  /// What each head finds a caption worth.
  public func headValues(_ caption: UInt32) -> [Float] { learner.headValues(caption) }

  /// What heads of these values pay together.
  public static func pay(_ values: [Float], meanWeight: Float) -> Float {
    HeadMixture.mix(values, meanWeight: meanWeight)
  }
}
