import ActorCritic
import Assembly
import Configuration
import IntrinsicReward
import NeuralNetwork
import Runtime
import Tensor
import Trajectories

/// What the learner does with a batch: news to the reward model, both rewards of every unroll, one update. A model that
/// learns does so beside it, on a thread of its own, as in a cluster.
final class LearnerStepUnderTest {
  private let plan: RunPlan
  private let unrolls: [PlayedUnroll]
  private let step: TrainStep
  private let optimiser: Adam
  private let parameters: FloatBuffer
  private let extrinsic: FloatBuffer  // [frames of the batch]
  private let intrinsic: FloatBuffer
  private var model: any RewardModel
  private var mixer: RewardMixer
  private var audit = RewardAudit()
  private var version: UInt64 = 0

  /// - Parameter subject: whose unrolls are trained from. Every second caption is labelled as helpful.
  /// - Throws: `TrainStepError`, or what the reward model throws.
  init(_ plan: RunPlan, from subject: NetworkUnderTest) throws {
    self.plan = plan
    unrolls = subject.unrolls
    let options = plan.configuration.actorCriticOptions
    step = try TrainStep(
      network: plan.network, rowByteCount: plan.specification.observation.rowByteCount, options: options,
      unrollLength: NetworkUnderTest.unrollLength,
      maximumColumns: unrolls.count * NetworkUnderTest.environmentsPerUnroll, shards: 1)
    parameters = FloatBuffer(count: plan.network.parameters.count)
    var generator = RandomGenerator(seed: 1)
    plan.network.initialise(parameters, generator: &generator)
    optimiser = Adam(parameterCount: parameters.count, options: options.adam)
    extrinsic = FloatBuffer(count: subject.framesPerUpdate)
    intrinsic = FloatBuffer(count: subject.framesPerUpdate)
    mixer = RewardMixer(plan.configuration.rewardOptions)
    model = plan.makeRewardModel(inline: false)
    let ids = (0..<subject.captions.count).map { UInt32($0 + 1) }
    let news = RewardUpdate(
      captions: ids.map { id in NewCaption(id: id, bytes: subject.captions.withBytes(of: id) { Array($0) }) },
      labels: ids.map { CaptionLabel(caption: $0, value: Float($0 % 2)) })
    try model.learn(news)
    mixer.chain.learn(news.captions)
  }

  /// One step, from the same batch each time.
  /// - Throws: `TrainStepError`.
  func run() throws {
    try model.learn(RewardUpdate())
    mixer.chain.learn([])
    var batch: [TrainUnroll] = []
    var offset = 0
    for (group, played) in unrolls.enumerated() {
      let unroll = played.unroll
      mix(unroll, group: UInt64(group), at: offset)
      batch.append(
        TrainUnroll(
          unroll, extrinsicRewards: extrinsic.pointer + offset, intrinsicRewards: intrinsic.pointer + offset))
      offset += unroll.frameCount
    }
    _ = try step.update(batch, parameters: parameters, optimiser: optimiser, policyVersion: version)
    version += 1
  }

  private func mix(_ unroll: Unroll, group: UInt64, at offset: Int) {
    let inputs = RewardInputs(
      group: group, steps: unroll.unrollLength, columns: unroll.environmentCount, rewards: unroll.rewards,
      flags: unroll.flags, captions: unroll.captions, captionCounts: unroll.captionCounts,
      observations: unroll.observations, rowByteCount: plan.specification.observation.rowByteCount,
      policyVersion: version, updates: version)
    _ = mixer.mix(inputs, model: &model, extrinsic: extrinsic.pointer + offset, intrinsic: intrinsic.pointer + offset)
    audit.note(inputs, paid: intrinsic.pointer + offset)
  }
}
