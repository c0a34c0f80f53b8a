import ActorCritic
import Assembly
import Configuration
import Foundation
import IntrinsicReward
import NeuralNetwork
import Runtime
import Tensor
import Transport

/// What learns: the policy, its optimiser, the reward model and the normalisers. Used by one thread at a time.
final class Trainer {
  let plan: RunPlan
  let parameters: FloatBuffer
  let adam: Adam
  private let step: TrainStep
  private(set) var rewardModel: any RewardModel
  var mixer: RewardMixer
  /// What was paid for in this session.
  private(set) var audit = RewardAudit()
  private let extrinsic: FloatBuffer  // [frames of a batch], unroll after unroll, each [T, E]
  private let intrinsic: FloatBuffer
  private var inputs: [TrainUnroll] = []
  /// Updates so far: the version of the policy in `parameters`.
  var version: UInt64 = 0

  /// A new run's state.
  /// - Parameter inline: everything happens on one thread, learning a reward included.
  /// - Throws: `TrainStepError` if its threads cannot be started.
  init(plan: RunPlan, trainingThreads: Int, inline: Bool = false) throws {
    let configuration = plan.configuration
    // Unrolls are taken whole until they make a batch, so the last one may go beyond it.
    let maximumBatchFrames =
      configuration.learner.batchSize + configuration.unrollFrames
    self.plan = plan
    parameters = FloatBuffer(count: plan.network.parameters.count)
    var generator = RandomGenerator(seed: UInt64(bitPattern: Int64(configuration.run.seed)))
    plan.network.initialise(parameters, generator: &generator)
    let options = configuration.actorCriticOptions
    adam = Adam(parameterCount: parameters.count, options: options.adam)
    step = try TrainStep(
      network: plan.network, rowByteCount: plan.specification.observation.rowByteCount, options: options,
      unrollLength: configuration.learner.unrollLength,
      maximumColumns: maximumBatchFrames / configuration.learner.unrollLength, shards: trainingThreads)
    rewardModel = plan.makeRewardModel(inline: inline)
    mixer = RewardMixer(configuration.rewardOptions)
    extrinsic = FloatBuffer(count: maximumBatchFrames)
    intrinsic = FloatBuffer(count: maximumBatchFrames)
  }

  /// Takes in what is new for the reward model; it counts from the next update on, whatever the age of its data.
  /// - Throws: when the model cannot go on.
  func learn(_ news: RewardNews) throws {
    try rewardModel.learn(news)
    mixer.chain.learn(news.captions)
  }

  /// Whether the texts of new captions are to be among the news.
  var readsTexts: Bool { rewardModel.readsTexts || mixer.chain.readsTexts }

  /// The audit, with what the reward model says now.
  func compareAudit() -> RewardAudit {
    audit.compare(with: rewardModel)
    return audit
  }

  /// Goes on with a reward model that was saved.
  func restore(_ state: any RewardModelState) { rewardModel.restore(state) }

  /// One update from `batch`: rewards from the newest labels, then V-trace and the clipped policy step.
  /// - Throws: `TrainStepError` when the batch cannot be trained from.
  func train(_ batch: [QueuedUnroll]) throws -> TrainReport {
    let began = MonotonicClock.seconds
    var rewards = RewardStatistics()
    defer { inputs.removeAll(keepingCapacity: true) }
    var offset = 0
    for item in batch {
      rewards += mix(item, at: offset)
      inputs.append(
        TrainUnroll(
          item.unroll, extrinsicRewards: extrinsic.pointer + offset, intrinsicRewards: intrinsic.pointer + offset))
      offset += item.frames
    }
    let mixed = MonotonicClock.seconds
    let statistics = try step.update(inputs, parameters: parameters, optimiser: adam, policyVersion: version)
    if statistics.nonFiniteTensor == nil { version += 1 }
    var times = TrainerTimes.Seconds()
    times.rewards = mixed - began
    times.train = MonotonicClock.seconds - mixed
    return TrainReport(
      version: version, frames: offset, statistics: statistics, rewards: rewards, rewardModel: rewardModel.statistics,
      chain: mixer.chain.facts, times: times)
  }

  private func mix(_ item: QueuedUnroll, at offset: Int) -> RewardStatistics {
    let unroll = item.unroll
    let inputs = RewardInputs(
      group: item.group, steps: unroll.unrollLength, columns: unroll.environmentCount, rewards: unroll.rewards,
      flags: unroll.flags, captions: unroll.captions, captionCounts: unroll.captionCounts,
      observations: unroll.observations, rowByteCount: plan.specification.observation.rowByteCount,
      policyVersion: unroll.policyVersion, updates: version)
    let statistics = mixer.mix(
      inputs, model: &rewardModel, extrinsic: extrinsic.pointer + offset, intrinsic: intrinsic.pointer + offset)
    audit.note(inputs, paid: intrinsic.pointer + offset)
    return statistics
  }
}
