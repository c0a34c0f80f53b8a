import ActorCritic
import Assembly
import Captions
import Configuration
import Environments
import NeuralNetwork
import Ranks
import Runtime
import Tensor

/// A network with parameters and with observations from real episodes, for measuring inference and training.
final class NetworkUnderTest {
  /// Environments in each unroll.
  static let environmentsPerUnroll = 16
  /// Steps in each unroll, T.
  static let unrollLength = 32

  let plan: RunPlan
  let network: PolicyNetwork
  let unrolls: [PlayedUnroll]
  /// Texts of the captions in the unrolls.
  let captions: CaptionTable
  private let parameters: FloatBuffer

  /// - Parameter rows: number of environments to play, rounded up to whole unrolls.
  /// - Throws: `EnvironmentError` if the environment cannot be created.
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

  /// A closure that infers `batch` rows; each call takes the observations of the next step.
  func inference(batch: Int) -> () -> Void {
    let workspace = network.makeWorkspace(maximumSteps: 1, maximumBatch: batch)
    let state = FloatBuffer(count: max(1, batch * network.stateSize))
    let (network, parameters, steps) = (network, parameters, Self.unrollLength + 1)
    // Workers prepare the weights once for each version of the parameters.
    let prepared = network.makePrepared()
    let weights = network.prepare(parameters.pointer, into: prepared, forTraining: false)
    let rows: [[UnsafeRawPointer]] = (0..<steps).map { step in
      (0..<batch).map { row in
        UnsafeRawPointer(unrolls[row / Self.environmentsPerUnroll].row(step, row % Self.environmentsPerUnroll))
      }
    }
    var step = 0
    // The closure keeps the memory behind the pointers alive.
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

  /// A closure that makes one update from all unrolls.
  /// - Parameter shards: number of threads that share the update.
  /// - Throws: `TrainStepError`.
  func trainStep(shards: Int) throws -> () throws -> Void { try training(shards: shards).update }

  /// A training from the network's parameters on all unrolls, of which each rank has as many.
  func training(shards: Int, ranks: any Communicator = SingleLearner()) throws -> TrainingUnderTest {
    let options = plan.configuration.actorCriticOptions
    let step = try TrainStep(
      network: network, rowByteCount: plan.specification.observation.rowByteCount, options: options,
      unrollLength: Self.unrollLength, maximumColumns: unrolls.count * Self.environmentsPerUnroll, shards: shards,
      ranks: ranks)
    let own = unrolls.count / ranks.size
    return TrainingUnderTest(
      step, unrolls[ranks.rank * own..<(ranks.rank + 1) * own].map(\.trainUnroll), parameters,
      Adam(parameterCount: network.parameters.count, options: options.adam))
  }

  /// Frames in a train step.
  var framesPerUpdate: Int { unrolls.count * Self.environmentsPerUnroll * Self.unrollLength }
}

/// Updates of a copy of a network's parameters, always from the same batch.
final class TrainingUnderTest {
  let parameters: FloatBuffer
  private let step: TrainStep
  private let batch: [TrainUnroll]
  private let optimiser: Adam

  init(_ step: TrainStep, _ batch: [TrainUnroll], _ parameters: FloatBuffer, _ optimiser: Adam) {
    (self.step, self.batch, self.optimiser) = (step, batch, optimiser)
    self.parameters = FloatBuffer(count: parameters.count)
    self.parameters.copy(from: parameters)
  }

  /// - Throws: `TrainStepError`, or `RankError` if another rank is lost.
  func update() throws {
    _ = try step.update(batch, parameters: parameters, optimiser: optimiser, policyVersion: 0)
  }
}

/// A network to measure, given as a run configuration.
struct NetworkCase: Sendable {
  /// Every network that a configuration can name, each with a suitable task.
  static let all = [
    NetworkCase("oni", task: "NetHackScoreExtended", kind: "oni", hasTorchTwin: true),
    NetworkCase("compact", task: "NetHackScoreExtended", kind: "compact"),
    NetworkCase("wide", task: "NetHackScoreExtended", kind: "wide"),
    NetworkCase("mlp", task: "CartPole", kind: "mlp"),
    NetworkCase("compact on CaptionGrid", task: "CaptionGrid", kind: "compact"),
  ]

  /// The cases with these names; all if `names` is empty.
  /// - Throws: `BenchmarkError` that names an unknown network.
  static func named(_ names: [String]) throws -> [NetworkCase] {
    if names.isEmpty { return all }
    return try names.map { name in
      guard let found = all.first(where: { $0.name == name }) else {
        throw BenchmarkError(
          "unknown network \"\(name)\"; the networks are: \(all.map(\.name).joined(separator: ", "))")
      }
      return found
    }
  }

  /// Measures the cases with these names, one after the other.
  /// - Parameters:
  ///   - show: receives each measurement as soon as it is complete.
  ///   - measure: measures one case, next to PyTorch where that is installed.
  /// - Throws: `BenchmarkError` that names an unknown network.
  static func measurements(
    _ names: [String], _ settings: BenchmarkSettings, show: (Measurement) -> Void,
    measure: (NetworkCase, Result<Yardstick, BenchmarkError>) throws -> [Measurement]
  ) throws -> [Measurement] {
    let torch = settings.torch()
    var measurements: [Measurement] = []
    for network in try named(names) {
      for measurement in try measure(network, torch) {
        show(measurement)
        measurements.append(measurement)
      }
    }
    return measurements
  }

  let name: String
  /// Fields that differ from the defaults, as "section.field=value".
  let overrides: [String]
  /// Whether scripts/bench/torch_oni_policy.py computes the same network.
  let hasTorchTwin: Bool

  init(_ name: String, task: String, kind: String, hasTorchTwin: Bool = false) {
    self.name = name
    overrides = ["environment.task=\(task)", "network.kind=\(kind)"]
    self.hasTorchTwin = hasTorchTwin
  }

  /// - Throws: `ConfigurationError` if this build lacks the network or the task.
  func plan(_ settings: BenchmarkSettings) throws -> RunPlan {
    try RunPlan(
      Registries.standard.configuration(overrides: overrides), netHackDirectory: settings.netHackDirectory)
  }
}
