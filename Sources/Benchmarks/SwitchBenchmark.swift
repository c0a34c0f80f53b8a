import ActorCritic
import Assembly
import Captions
import Configuration
import IntrinsicReward
import NeuralNetwork
import Runtime
import Tensor
import Trajectories

/// The cost of each method to the learner: frames per CPU second of a learner step (rewards and an update of 1024 frames on
/// one thread), compared with the plain step with the retrieval reward. Plays NetHack if it is installed, else CaptionGrid.
public enum SwitchBenchmark {
  public static let group = "switches"
  /// Environments in the batch, B.
  private static let columns = 32

  /// - Parameters:
  ///   - only: measures the methods whose names contain one of these texts; empty means all.
  ///   - show: receives each measurement as soon as it is complete.
  /// - Throws: `BenchmarkError` if no name matches.
  public static func run(
    _ settings: BenchmarkSettings, only: [String] = [], show: (Measurement) -> Void
  ) throws -> [Measurement] {
    let cases = SwitchCase.all.filter { only.isEmpty || only.contains(where: $0.name.contains) }
    guard !cases.isEmpty else {
      throw BenchmarkError(
        "no method matches; the methods are: \(SwitchCase.all.map(\.name).joined(separator: ", "))")
    }
    let (task, subject) = try subject(settings)
    return try cases.map { item in
      let measurement = try measure(item, task: task, subject, settings)
      show(measurement)
      return measurement
    }
  }

  /// The task that this machine can play, and unrolls of it.
  private static func subject(_ settings: BenchmarkSettings) throws -> (task: String, NetworkUnderTest) {
    func played(_ task: String) throws -> (String, NetworkUnderTest) {
      (task, try NetworkUnderTest(plan(task, [], settings), rows: columns))
    }
    do {
      return try played("NetHackScoreExtended")
    } catch {
      _ = try reasonToSkip(error)
      return try played("CaptionGrid")
    }
  }

  private static func plan(_ task: String, _ overrides: [String], _ settings: BenchmarkSettings) throws -> RunPlan {
    try RunPlan(
      Registries.standard.configuration(overrides: ["environment.task=\(task)"] + overrides),
      netHackDirectory: settings.netHackDirectory)
  }

  private static func measure(
    _ item: SwitchCase, task: String, _ subject: NetworkUnderTest, _ settings: BenchmarkSettings
  ) throws -> Measurement {
    let plain = try LearnerStepUnderTest(plan(task, [], settings), from: subject)
    let switched = try LearnerStepUnderTest(plan(task, item.overrides, settings), from: subject)
    func rate(_ step: LearnerStepUnderTest) throws -> Double {
      try Double(subject.framesPerUpdate) / Stopwatch.cpuSecondsPerCall(settings.seconds, step.run)
    }
    // The first steps pay for the page faults of all memory.
    try plain.run()
    try switched.run()
    let rounds = try settings.alternate { _ in
      try rate(switched)
    } _: { _ in
      try rate(plain)
    }
    var measurement = Measurement(group, item.name, unit: "frames/CPU s", rounds: rounds.ours)
    measurement.compare(with: "plain", rounds: rounds.theirs)
    return measurement
  }
}

/// A method of the learner, given as the configuration fields that switch it on.
struct SwitchCase: Sendable {
  let name: String
  /// Fields that differ from the plain configuration, as "section.field=value".
  let overrides: [String]

  init(_ name: String, _ overrides: String...) {
    self.name = name
    self.overrides = overrides
  }

  /// A reward chain in place of the default one.
  private static func chain(_ chain: String, _ overrides: String...) -> SwitchCase {
    SwitchCase(name: "chain \(chain)", overrides: ["reward.chain=\(chain)"] + overrides)
  }

  private init(name: String, overrides: [String]) {
    self.name = name
    self.overrides = overrides
  }

  static let all =
    [
      SwitchCase("classification", "reward.model=classification"),
      SwitchCase("classification, probability", "reward.model=classification", "reward.soft=true"),
      SwitchCase("classification, five heads", "reward.model=classification", "reward.ensemble=5"),
      SwitchCase("ranking", "reward.model=ranking"),
      SwitchCase("ranking, UPO", "reward.model=ranking", "reward.upo=true"),
      SwitchCase("novelty", "reward.model=novelty"),
      SwitchCase("similarity", "reward.model=similarity", "reward.goal_text=you descend the stairs"),
      SwitchCase("rnd", "reward.model=rnd", "reward.count_exponent=0"),
      SwitchCase("e3b", "reward.model=e3b", "reward.count_exponent=0"),
      SwitchCase("e3b, random", "reward.model=e3b", "reward.count_exponent=0", "reward.e3b_features=random"),
      SwitchCase("e3b, policy", "reward.model=e3b", "reward.count_exponent=0", "reward.e3b_features=policy"),
      SwitchCase("normalised extrinsic reward", "reward.normalise_extrinsic=true"),
      SwitchCase("separate value heads", "learner.value_heads=separate"),
      SwitchCase("exploration critic", "learner.value_heads=separate", "learner.advantages=normalised"),
      SwitchCase("normalised observations", "network.normalise_observations=true"),
      SwitchCase("falling rate and entropy", "learner.final_learning_rate=0", "learner.decay_updates=1000"),
    ] + chains

  private static let chains = [
    chain("standardise count"), chain("quantile count"), chain("par count"), chain("clip count"), chain("delta count"),
    chain("ppr", "reward.extrinsic_coefficient=0"), chain("trust count"), chain("potential"),
    chain("information"), chain("count anneal"),
  ]
}

/// The learner's work for one batch: an update of the reward model, both rewards of every unroll, one train step. Learned
/// reward models train on another thread, as in a cluster.
final class LearnerStepUnderTest {
  private let plan: RunPlan
  private let unrolls: [PlayedUnroll]
  private let step: TrainStep
  private let optimiser: Adam
  private let parameters: FloatBuffer
  private let extrinsic: FloatBuffer  // [frames of the batch]
  private let intrinsic: FloatBuffer
  private var model: any RewardModel
  private let features: PolicyFeatures?
  private var mixer: RewardMixer
  private var audit = RewardAudit()
  private var version: UInt64 = 0

  /// - Parameter subject: provides the unrolls. Every second caption has the label "helpful".
  /// - Throws: `TrainStepError`, or an error of the reward model.
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
    features =
      model.readsPolicyFeatures
      ? PolicyFeatures(
        plan.network, steps: NetworkUnderTest.unrollLength, columns: NetworkUnderTest.environmentsPerUnroll)
      : nil
    let ids = (0..<subject.captions.count).map { UInt32($0 + 1) }
    let update = RewardUpdate(
      captions: ids.map { id in NewCaption(id: id, bytes: subject.captions.withBytes(of: id) { Array($0) }) },
      labels: ids.map { CaptionLabel(caption: $0, value: Float($0 % 2)) })
    try model.learn(update)
    mixer.chain.learn(update.captions)
  }

  /// Makes one step. Every step takes the same batch.
  /// - Throws: `TrainStepError`.
  func run() throws {
    try model.learn(RewardUpdate())
    mixer.chain.learn([])
    features?.prepare(parameters)
    var batch: [TrainUnroll] = []
    var offset = 0
    for (group, played) in unrolls.enumerated() {
      let unroll = played.unroll(policyVersion: version)
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
      group: group, unroll: unroll, updates: version, policyFeatures: features?.compute(unroll))
    _ = mixer.mix(inputs, model: &model, extrinsic: extrinsic.pointer + offset, intrinsic: intrinsic.pointer + offset)
    audit.note(inputs, paid: intrinsic.pointer + offset)
  }
}
