import ActorCritic
import Assembly
import Configuration
import Environments
import Runtime
import Sessions
import Tensor
import Trajectories
import Transport
import Wire

@testable import Learner
@testable import Worker

/// A small run of the Corridor, and unrolls of it as a worker would send them.
struct TrajectorySource {
  let plan: RunPlan
  let intake: TrajectoryIntake
  let captions = CaptionInterner(maximumCaptions: 1_000)
  private let group: RolloutGroup
  /// What the worker plays with.
  let parameters: FloatBuffer

  static func configuration(_ change: (inout RunConfiguration) -> Void = { _ in }) -> RunConfiguration {
    var configuration = RunConfiguration()
    configuration.environment.task = "Corridor"
    configuration.network.embeddingSize = 4
    configuration.network.hiddenSize = 8
    configuration.network.recurrentSize = 8
    configuration.worker.environmentsPerGroup = 2
    configuration.learner.unrollLength = 4
    configuration.learner.batchSize = 16
    configuration.learner.valueHeads = .separate
    change(&configuration)
    return configuration
  }

  init(_ configuration: RunConfiguration = TrajectorySource.configuration()) throws {
    plan = try RunPlan(unchecked: configuration)
    intake = TrajectoryIntake(
      shape: plan.unrollShape, observation: plan.specification.observation, actions: plan.specification.actions,
      limits: plan.wireLimits)
    parameters = FloatBuffer(count: plan.network.parameters.count)
    var generator = RandomGenerator(seed: 5)
    plan.network.initialise(parameters, generator: &generator)
    group = try RolloutGroup(
      index: 0, shape: plan.unrollShape, network: plan.network, captions: captions, seed: 11, make: plan.makeEnvironment
    )
  }

  /// The next unroll as the worker holds it.
  func buffer(version: UInt64 = 0) throws -> TrajectoryBuffer {
    try group.collect(
      policy: PolicySnapshot(
        network: plan.network, version: version, parameters: UnsafePointer(parameters.pointer), owner: parameters))
  }

  /// Global ids for all of this worker's captions: 100 more than the local ones.
  var globalCaptions: [UInt32] { [0] + (0..<captions.count).map { UInt32($0 + 101) } }

  func header(_ buffer: TrajectoryBuffer) -> Trajectory {
    Trajectory(
      sequence: 1, group: 0, policyVersion: buffer.policyVersion, lastPolicyVersion: buffer.lastPolicyVersion,
      unrollLength: buffer.shape.unrollLength,
      environments: buffer.shape.environmentCount)
  }

  /// What the learner makes of `buffer`.
  func unroll(_ buffer: TrajectoryBuffer) throws -> Unroll {
    try intake.unroll(header(buffer), buffer.tensorFrames(), globalCaptions: globalCaptions)
  }

  /// An unroll on its way to the trainer.
  func queued(version: UInt64 = 0, group: UInt64 = 1, from peer: UInt8 = 1, sequence: UInt64 = 1) throws -> QueuedUnroll
  {
    QueuedUnroll(
      unroll: try unroll(buffer(version: version)), source: PeerID([peer]), sequence: sequence,
      arrivalVersion: version, group: group)
  }

  /// An unroll that the border let pass and that no update can be made from: its reward changes after the check.
  func poisoned(version: UInt64 = 0, from peer: UInt8 = 1, sequence: UInt64 = 1) throws -> QueuedUnroll {
    let buffer = try buffer(version: version)
    let item = QueuedUnroll(
      unroll: try unroll(buffer), source: PeerID([peer]), sequence: sequence, arrivalVersion: version, group: 1)
    buffer.logProbabilities[3] = .nan
    return item
  }
}

extension TrajectoryIntake {
  /// The unroll of a trajectory, checked first as the learner does.
  func unroll(_ header: Trajectory, _ tensors: [TensorFrame], globalCaptions: [UInt32]) throws(IntakeError) -> Unroll {
    unroll(header, try checked(tensors, captionCount: globalCaptions.count), globalCaptions: globalCaptions)
  }
}
