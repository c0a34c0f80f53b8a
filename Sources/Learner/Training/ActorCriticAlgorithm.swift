import ActorCritic
import Assembly
import Checkpoints
import Configuration
import Foundation
import IntrinsicReward
import NeuralNetwork
import Ranks
import Runtime
import Tensor
import Trajectories
import Transport

/// One unroll of a group of environments on its way to the trainer.
struct QueuedUnroll: RolloutItem {
  let unroll: Unroll
  /// The worker that sent it and gets the credit back.
  let source: PeerID
  /// The number that its session gave it.
  let sequence: UInt64
  /// The newest published policy when it arrived.
  let arrivalVersion: UInt64
  /// Identifies the group of environments among all groups of all sessions.
  let group: UInt64
  /// The unit of a text run that it was written for; 0 for none.
  var unit: UInt64 = 0
  /// The labels of a text run's answers, NaN for an abstention; empty unless an annotator judges them.
  var labels: [Float] = []

  var frames: Int { unroll.frameCount }
  var policyVersion: UInt64 { unroll.policyVersion }
  var origin: UnrollOrigin { UnrollOrigin(source: source, sequence: sequence) }
}

extension RewardUpdate: AlgorithmUpdate {
  public init() { self.init(captions: []) }
}

/// What one update of the policy did.
struct TrainReport: UpdateReport {
  let policyVersion: UInt64
  let frames: Int
  let discardedFrames: Int
  /// Empty if the whole batch was trained on, and nothing is proven of earlier ones.
  let unusable: [NonFiniteUnrolls]
  let statistics: TrainStatistics
  /// Mean number of versions from an unroll's arrival to its training, over the batch's unrolls.
  let queuedLag: Double
  /// KL(actor, learner) at the same parameters, in nats; nil before the first comparison.
  let mismatch: Double?
  let rewards: RewardStatistics
  /// Statistics of a reward model that is trained; nil for other models.
  let rewardModel: RewardModelStatistics?
  /// Numbers that the reward chain's transforms publish.
  let chain: [RewardFact: Double]
  /// Uncertainty of each caption by id, in nats; nil unless a new version of the reward model has changed it.
  let uncertainties: [Float]?
  var times: UpdateTimes

  var nonFiniteTensor: String? { statistics.nonFiniteTensor }
}

/// V-trace and PPO on rewards that a reward model computes at training time: policy, optimiser, reward model, reward
/// chain and return normaliser. Used by one thread at a time.
final class ActorCriticAlgorithm: UnrollAlgorithm {
  let plan: RunPlan
  let parameters: FloatBuffer
  let adam: Adam
  var policyVersion: UInt64 = 0
  private(set) var rewardModel: any RewardModel
  var mixer: RewardMixer
  private let step: TrainStep
  /// nil for reward models that do not read them.
  private let features: PolicyFeatures?
  /// Rewards paid per caption in this session.
  private var rewardAudit = RewardAudit()
  /// Those of them that rank 0 has not heard of; nil at rank 0.
  private var payments: PaymentTally?
  private let exchange: RewardExchange
  private let extrinsic: FloatBuffer  // [frames of a batch], unroll after unroll, each [T, E]
  private let intrinsic: FloatBuffer
  private var inputs: [TrainUnroll] = []
  private var uncertainties: UncertaintyWatch?
  private var probe: MismatchProbe
  private var faults = FaultyUnrolls()

  /// A new run's state.
  /// - Parameters:
  ///   - trainingThreads: threads that share an update.
  ///   - inline: whether a learned reward learns on the caller's thread.
  ///   - uncertainties: the uncertainties of captions that reports hold; nil for none.
  ///   - ranks: the learners that share the run. All but the first pay by the first one's reward model.
  /// - Throws: `TrainStepError` if its threads cannot be started.
  init(
    plan: RunPlan, trainingThreads: Int, inline: Bool = false, uncertainties: UncertaintyWatch? = nil,
    ranks: any Communicator = SingleLearner()
  ) throws {
    let configuration = plan.configuration
    // Unrolls are taken whole until they make a batch, so the last one may exceed it.
    let maximumBatchFrames = configuration.learner.batchSize + configuration.unrollFrames
    self.plan = plan
    parameters = FloatBuffer(count: plan.network.parameters.count)
    var generator = RandomGenerator(seed: UInt64(bitPattern: Int64(configuration.run.seed)))
    plan.network.initialise(parameters, generator: &generator)
    let options = configuration.actorCriticOptions
    adam = Adam(parameterCount: parameters.count, options: options.adam)
    step = try TrainStep(
      network: plan.network, rowByteCount: plan.specification.observation.rowByteCount, options: options,
      unrollLength: configuration.learner.unrollLength,
      maximumColumns: maximumBatchFrames / configuration.learner.unrollLength, shards: trainingThreads,
      ranks: ranks)
    rewardModel = ranks.isFirst ? plan.makeRewardModel(inline: inline) : SharedScores()
    features =
      rewardModel.readsPolicyFeatures
      ? PolicyFeatures(
        plan.network, steps: configuration.learner.unrollLength, columns: configuration.worker.environmentsPerGroup)
      : nil
    payments = ranks.isFirst ? nil : PaymentTally()
    mixer = RewardMixer(configuration.rewardOptions)
    exchange = RewardExchange(ranks, moments: mixer.ownMoments.count)
    extrinsic = FloatBuffer(count: maximumBatchFrames)
    intrinsic = FloatBuffer(count: maximumBatchFrames)
    self.uncertainties = uncertainties
    probe = MismatchProbe(parameterCount: parameters.count, publishUpdates: configuration.learner.publishUpdates)
    probe.published(policyVersion, parameters)
  }

  /// Whether updates must contain the texts of new captions.
  var readsTexts: Bool { rewardModel.readsTexts || mixer.chain.readsTexts }

  var rewardVersion: Int { rewardModel.version }

  /// Nothing: the first policy is the initial one.
  func begin(isInterrupted: () -> Bool, report: (String) -> Void) {}

  /// Takes in what is new for the reward model; it counts from the next update on, whatever the age of the rollouts.
  func learn(_ update: RewardUpdate) throws {
    try rewardModel.learn(update)
    mixer.chain.learn(update.captions)
  }

  /// Takes in what earlier sessions left, before the first update of the policy; the reward model may pretrain.
  /// - Parameter isInterrupted: asked between training steps; if it returns true the call returns early.
  func learnEarlier(_ update: RewardUpdate, isInterrupted: () -> Bool) throws {
    try rewardModel.pretrain(update, isInterrupted: isInterrupted)
    mixer.chain.learn(update.captions)
  }

  /// Computes rewards with the newest labels, then makes the V-trace and PPO step. Unrolls that alone lead to a gradient
  /// that is not finite are left out, and the rest is trained on.
  /// - Throws: `TrainStepError` if the batch cannot be trained on.
  func train(_ items: [QueuedUnroll]) throws -> TrainReport {
    let began = MonotonicClock.seconds
    let newUncertainties = uncertainties?.newest(of: rewardModel)
    let queuedLag = queuedLag(of: items)
    var rewards = RewardStatistics()
    defer { inputs.removeAll(keepingCapacity: true) }
    try exchange.shareMoments(&mixer)
    features?.prepare(parameters)
    var offset = 0
    for item in items {
      rewards += mix(item, at: offset)
      inputs.append(
        TrainUnroll(
          item.unroll, extrinsicRewards: extrinsic.pointer + offset, intrinsicRewards: intrinsic.pointer + offset))
      offset += item.frames
    }
    try exchange.share(&rewards)
    let mixed = MonotonicClock.seconds
    try probe.compare(inputs, with: step)
    let first = try step.update(inputs, parameters: parameters, optimiser: adam, policyVersion: policyVersion)
    var (statistics, usable) = (first, offset)
    if first.hasFaultyUnrolls {
      let good = inputs.indices.filter { !first.faultyUnrolls.contains($0) }.map { inputs[$0] }
      usable = good.reduce(0) { $0 + $1.unroll.frameCount }
      statistics = try step.update(good, parameters: parameters, optimiser: adam, policyVersion: policyVersion)
    }
    let isApplied = statistics.nonFiniteTensor == nil
    if isApplied {
      policyVersion += 1
      probe.published(policyVersion, parameters)
    }
    var times = UpdateTimes()
    times.rewards = mixed - began
    times.train = MonotonicClock.seconds - mixed
    (times.forward, times.backward, times.optimiser) = (
      step.latestTimes.forward, step.latestTimes.backward, step.latestTimes.optimiser
    )
    return TrainReport(
      policyVersion: policyVersion, frames: isApplied ? statistics.frames : 0,
      discardedFrames: offset - (isApplied ? usable : 0),
      unusable: faults.judge(items.map(\.origin), first, isApplied: isApplied),
      statistics: statistics, queuedLag: queuedLag, mismatch: probe.mismatch, rewards: rewards,
      rewardModel: rewardModel.statistics, chain: mixer.chain.facts,
      uncertainties: newUncertainties, times: times)
  }

  private func queuedLag(of items: [QueuedUnroll]) -> Double {
    let versions = items.reduce(0) { $0 + Double(policyVersion) - Double(min($1.arrivalVersion, policyVersion)) }
    return items.isEmpty ? 0 : versions / Double(items.count)
  }

  /// Rewards paid per caption in this session, with the reward model's present scores.
  func audit() -> RewardAudit {
    rewardAudit.compare(with: rewardModel)
    return rewardAudit
  }

  /// Writes one unroll's rewards at `offset` of the batch.
  private func mix(_ item: QueuedUnroll, at offset: Int) -> RewardStatistics {
    let inputs = RewardInputs(
      group: item.group, unroll: item.unroll, updates: policyVersion, policyFeatures: features?.compute(item.unroll))
    let statistics = mixer.mix(
      inputs, model: &rewardModel, extrinsic: extrinsic.pointer + offset, intrinsic: intrinsic.pointer + offset)
    rewardAudit.note(inputs, paid: intrinsic.pointer + offset)
    payments?.note(inputs, paid: intrinsic.pointer + offset)
    return statistics
  }

  // MARK: Other ranks

  /// The payments that rank 0 has not heard of, of captions that have a number in the run.
  func takePayments(_ number: (UInt32) -> Int?) -> [(number: Int, entry: PaymentTally.Entry)] {
    payments?.take(number) ?? []
  }

  /// Rank 0: adds what another rank has paid for a caption.
  func note(_ payment: PaymentTally.Entry, of caption: Int) { rewardAudit.add(payment, of: caption) }

  /// Begins at the state of rank 0, whose parameters and optimiser are in place already.
  func begin(at version: UInt64, adamStep: Int) {
    (policyVersion, adam.step) = (version, adamStep)
    probe = MismatchProbe(parameterCount: parameters.count, publishUpdates: plan.configuration.learner.publishUpdates)
    probe.published(policyVersion, parameters)
  }

  // MARK: Checkpoints

  /// Keys of a checkpoint's texts.
  private enum Key {
    static let adamStep = "adam.step"
    static let normaliser = "normaliser"
    static let reward = "reward"
    static let chain = "chain"
  }

  /// Parameters and optimiser.
  var policyArrays: [CheckpointContents.Arrays] {
    let layout = plan.network.parameters
    return [
      .init(prefix: "policy.", layout: layout, buffer: parameters),
      .init(prefix: "adam.first.", layout: layout, buffer: adam.firstMoment),
      .init(prefix: "adam.second.", layout: layout, buffer: adam.secondMoment),
    ]
  }

  func checkpointContents() throws -> CheckpointContents {
    var contents = CheckpointContents(arrays: policyArrays)
    try contents.encode(adam.step, as: Key.adamStep)
    try contents.encode(mixer.normaliser.saved, as: Key.normaliser)
    if let state = rewardModel.state {
      contents.arrays += Self.arrays(of: state)
      try contents.encode(state.progress, as: Key.reward)
    }
    let chain = mixer.chain.state
    if !chain.isEmpty { try contents.encode(chain, as: Key.chain) }
    return contents
  }

  func restore(_ checkpoint: Checkpoint, report: (String) -> Void) throws {
    for arrays in policyArrays { try checkpoint.fill(arrays) }
    try restoreRewardModel(checkpoint)
    let hasChain = checkpoint.metadata[Key.chain] != nil
    let chain = hasChain ? try checkpoint.decode(RewardChainState.self, Key.chain) : RewardChainState()
    for name in mixer.chain.restore(chain) {
      report("\(name) of the reward chain starts from scratch: the checkpoint has no state that fits it")
    }
    let adamStep = try checkpoint.decode(Int.self, Key.adamStep)
    guard plausibleCount.contains(adamStep) else {
      throw CheckpointError(checkpoint.path, "its \"\(Key.adamStep)\" is \(adamStep)")
    }
    begin(at: checkpoint.policyVersion, adamStep: adamStep)
    mixer.normaliser = try checkpoint.decode(ReturnNormaliser.self, Key.normaliser)
  }

  private static func arrays(of state: any RewardModelState) -> [CheckpointContents.Arrays] {
    state.parts.map { .init(prefix: $0.prefix, layout: $0.layout, buffer: $0.buffer) }
  }

  private func restoreRewardModel(_ checkpoint: Checkpoint) throws {
    guard let text = checkpoint.metadata[Key.reward] else { return }
    let state: (any RewardModelState)?
    do {
      state = try rewardModel.makeState(savedAs: text)
    } catch {
      throw CheckpointError(checkpoint.path, "its \"\(Key.reward)\" cannot be read: \(error)")
    }
    guard let state else { return }
    for arrays in Self.arrays(of: state) { try checkpoint.fill(arrays) }
    rewardModel.restore(state)
  }
}

/// Reads the reward model's uncertainties once for each of its versions.
struct UncertaintyWatch {
  /// See `RewardModel.uncertainties`.
  let optimism: Float
  private var version = 0

  init(optimism: Float = 0) { self.optimism = optimism }

  /// Uncertainties by caption id; nil if the model has no newer version than at the last call.
  mutating func newest(of model: any RewardModel) -> [Float]? {
    guard model.version != version else { return nil }
    version = model.version
    return model.uncertainties(optimism: optimism)
  }
}
