import ActorCritic
import IntrinsicReward

/// What one update did.
struct TrainReport: Sendable {
  let version: UInt64
  let frames: Int
  let statistics: TrainStatistics
  let rewards: RewardStatistics
  /// Of a reward model that is trained.
  let rewardModel: RewardModelStatistics?
  /// What the reward chain's transforms make known.
  let chain: [RewardFact: Double]
  /// What computing the rewards and the train step took.
  let times: TrainerTimes.Seconds
}
