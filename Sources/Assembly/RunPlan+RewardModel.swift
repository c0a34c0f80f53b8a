import Foundation
import IntrinsicReward
import Runtime

extension RunPlan {
  /// A new reward model as the configuration describes it.
  /// - Parameter inline: learns at once on the caller's thread instead of beside it on its own.
  public func makeRewardModel(inline: Bool) -> any RewardModel {
    let reward = configuration.reward
    switch reward.model {
    case .none: return NoReward()
    case .retrieval: return RetrievalReward()
    case .novelty: return NoveltyReward()
    case .similarity: return SimilarityReward(goal: reward.goalText, threshold: Float(reward.similarityThreshold))
    case .rnd:
      return RandomDistillationReward(
        configuration.randomDistillationOptions, reader: ObservationReader(specification.observation))
    case .classification, .ranking:
      let cores = UsableProcessors.count
      return LearnedReward(
        configuration.learnedRewardOptions, coreShare: inline ? nil : reward.coreShare(cores: cores))
    }
  }
}
