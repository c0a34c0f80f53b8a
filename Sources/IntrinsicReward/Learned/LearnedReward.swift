import Runtime

/// A reward model that learns the values of captions from labels and also scores captions without one: ONI's
/// classification and ranking rewards. A score is an array look-up; learning happens on a separate thread, or inline in
/// `learn`.
///
/// Before the first version all captions are unknown. (ONI pays the output of the untrained network.)
public final class LearnedReward: RewardModel {
  private let options: LearnedRewardOptions
  private let coreShare: Double?
  /// The learner; nil once `thread` owns it.
  private var learner: CaptionLearner?
  private var thread: RewardThread?
  private var scores = RewardScores.none

  /// - Parameter coreShare: CPU time of the learning thread as a share of one core; nil learns inline, which is
  ///   deterministic.
  public init(_ options: LearnedRewardOptions, coreShare: Double?) {
    self.options = options
    self.coreShare = coreShare
    learner = CaptionLearner(options)
  }

  public var readsTexts: Bool { true }
  public var version: Int { scores.version }
  public var statistics: RewardModelStatistics? { scores.statistics }
  /// The state of the model of the newest scores; nil before the first version.
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
      let began = CurrentThread.cpuSeconds
      learner.take(update, policyUpdates: update.isEarlier ? 0 : 1)
      while learner.advance() {}
      learner.spent(CurrentThread.cpuSeconds - began)
      scores = learner.scores
    }
  }

  public func score(_ caption: UInt32) -> Float? {
    let values = scores.values
    guard caption > 0, Int(caption) < values.count, !values[Int(caption)].isNaN else { return nil }
    return values[Int(caption)]
  }

  public func uncertainties(optimism: Float) -> [Float] {
    [.nan] + scores.beliefs.map { $0.uncertainty(optimism: optimism) }
  }

  public func restore(_ state: any RewardModelState) {
    precondition(learner != nil, "a reward model is restored before it learns")
    guard let state = state as? CaptionNetworkState, state.progress.method == options.method,
      state.progress.heads ?? 1 == options.heads
    else { return }
    learner?.restore(state)
    scores = learner?.scores ?? scores
  }
}
