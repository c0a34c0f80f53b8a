import CPlatform

/// A reward model that learns from labels what captions are worth, those without a label too: ONI's classification and
/// ranking rewards. Scores are an array gather; learning happens elsewhere, or in `learn` itself when `inline`.
///
/// Before labels were first learned from nothing is known. (ONI pays what an untrained network says.)
public final class LearnedReward: RewardModel {
  private let options: LearnedRewardOptions
  private let coreShare: Double?
  /// Exists before the first update and, with a thread of its own, is its own from then on.
  private var learner: CaptionLearner?
  private var thread: RewardThread?
  private var scores = RewardScores.none

  /// - Parameter coreShare: CPU time the learning thread may take, in shares of one core; nil learns inline, which is
  ///   deterministic.
  public init(_ options: LearnedRewardOptions, coreShare: Double?) {
    self.options = options
    self.coreShare = coreShare
    learner = CaptionLearner(options)
  }

  public var readsTexts: Bool { true }
  public var version: Int { scores.version }
  public var statistics: RewardModelStatistics? { scores.statistics }
  /// The model of the newest scores; nil before the first version.
  public var state: (any RewardModelState)? { scores.state }
  public var stateType: (any RewardModelState.Type)? { CaptionNetworkState.self }

  public func pretrain(_ update: RewardUpdate, isInterrupted: () -> Bool) throws {
    guard options.pretrainSteps > 0, let learner else { return try learn(update) }
    learner.take(update, policyUpdates: 0)
    learner.pretrain(isInterrupted: isInterrupted)
    scores = learner.scores
  }

  public func learn(_ update: RewardUpdate) throws {
    if update.isEarlier, options.pretrainSteps > 0, learner != nil {
      try pretrain(update) { false }
    } else if let coreShare {
      if thread == nil, let learner {
        thread = try RewardThread(learner, coreShare: coreShare)
        self.learner = nil
      }
      if let newest = thread?.exchange(update) { scores = newest }
    } else if let learner {
      let began = tengu_thread_cpu_seconds()
      learner.take(update, policyUpdates: update.isEarlier ? 0 : 1)
      while learner.advance() {}
      learner.spent(tengu_thread_cpu_seconds() - began)
      scores = learner.scores
    }
  }

  public func score(_ caption: UInt32) -> Float? {
    let values = scores.values
    guard caption > 0, Int(caption) < values.count, !values[Int(caption)].isNaN else { return nil }
    return values[Int(caption)]
  }

  /// The entropy, in nats, of a coin with these log-odds.
  public var uncertainties: [Float] { scores.margins.map(CaptionLoss.entropy) }

  public func restore(_ state: any RewardModelState) {
    precondition(learner != nil, "a reward model is restored before it learns")
    guard let state = state as? CaptionNetworkState, state.progress.method == options.method,
      state.progress.heads ?? 1 == options.heads
    else { return }
    learner?.restore(state)
    scores = learner?.scores ?? scores
  }
}
