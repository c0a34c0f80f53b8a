import ActorCritic
import Assembly
import Captions
import Configuration
import Environments
import NeuralNetwork
import Runtime
import Tensor

/// A network with parameters, and played observations for it: what inference and training are measured with.
final class NetworkUnderTest {
  /// Environments of each unroll.
  static let environmentsPerUnroll = 16
  /// T of the unrolls.
  static let unrollLength = 32

  let plan: RunPlan
  let network: PolicyNetwork
  let unrolls: [PlayedUnroll]
  /// What the unrolls' captions say.
  let captions: CaptionTable
  private let parameters: FloatBuffer

  /// - Parameter rows: environments played, rounded up to whole unrolls.
  /// - Throws: `EnvironmentError` where the task's world is missing.
  init(_ plan: RunPlan, rows: Int) throws {
    self.plan = plan
    network = plan.network
    parameters = FloatBuffer(count: network.parameters.count)
    var generator = RandomGenerator(seed: 1)
    network.initialise(parameters, generator: &generator)
    let count = (rows + Self.environmentsPerUnroll - 1) / Self.environmentsPerUnroll
    var table = CaptionTable()
    unrolls = try (0..<count).map {
      try PlayedUnroll(
        plan, unrollLength: Self.unrollLength, environmentCount: Self.environmentsPerUnroll, seed: UInt64($0 + 1),
        captions: &table)
    }
    captions = table
  }

  /// A call that infers `batch` rows, those of the next step with every call.
  func inference(batch: Int) -> () -> Void {
    let workspace = network.makeWorkspace(maximumSteps: 1, maximumBatch: batch)
    let state = FloatBuffer(count: max(1, batch * network.stateSize))
    let (network, parameters, steps) = (network, parameters, Self.unrollLength + 1)
    // Once for each version of the parameters, as workers do it.
    let prepared = network.makePrepared()
    let weights = network.prepare(parameters.pointer, into: prepared, forTraining: false)
    let rows: [[UnsafeRawPointer]] = (0..<steps).map { step in
      (0..<batch).map { row in
        UnsafeRawPointer(unrolls[row / Self.environmentsPerUnroll].row(step, row % Self.environmentsPerUnroll))
      }
    }
    var step = 0
    // The call keeps what the pointers lead to.
    return { [unrolls] in
      withExtendedLifetime((unrolls, parameters, prepared)) {
        rows[step].withUnsafeBufferPointer { pointers in
          // A batch has at least one row.
          network.infer(
            rows: pointers.baseAddress!, batch: batch, state: state.pointer, weights: weights, workspace: workspace)
        }
      }
      step = (step + 1) % steps
    }
  }

  /// A call that makes one update from all unrolls.
  /// - Parameter shards: threads that share it.
  /// - Throws: `TrainStepError`.
  func trainStep(shards: Int) throws -> () throws -> Void {
    let options = plan.configuration.actorCriticOptions
    let step = try TrainStep(
      network: network, rowByteCount: plan.specification.observation.rowByteCount, options: options,
      unrollLength: Self.unrollLength, maximumColumns: unrolls.count * Self.environmentsPerUnroll, shards: shards)
    let optimiser = Adam(parameterCount: network.parameters.count, options: options.adam)
    let batch = unrolls.map(\.trainUnroll)
    let trained = FloatBuffer(count: parameters.count)
    trained.copy(from: parameters)
    return { _ = try step.update(batch, parameters: trained, optimiser: optimiser, policyVersion: 0) }
  }

  /// Frames of a train step.
  var framesPerUpdate: Int { unrolls.count * Self.environmentsPerUnroll * Self.unrollLength }
}
