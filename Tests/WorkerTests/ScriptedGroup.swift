import ActorCritic
import Environments
import Runtime
import Tensor
import Trajectories

@testable import Worker

/// A group of scripted environments under a random policy, and what is needed to recompute what it did.
final class ScriptedGroup {
  let shape: UnrollShape
  let network: PolicyNetwork
  let parameters: FloatBuffer
  let captions = CaptionInterner(maximumCaptions: 1_000)
  let policy: PolicySnapshot
  private let group: RolloutGroup
  private let stage: Stage

  /// Makes the environments.
  private final class Stage {
    let scripts: [[ScriptedStep]]
    private(set) var environments: [ScriptedEnvironment] = []

    init(scripts: [[ScriptedStep]]) { self.scripts = scripts }

    func make() -> ScriptedEnvironment {
      let number = environments.count
      let environment = ScriptedEnvironment(number: number, script: scripts[min(number, scripts.count - 1)])
      environments.append(environment)
      return environment
    }
  }

  /// - Parameter scripts: one for each environment; a replacement plays the last one.
  init(
    unrollLength: Int, scripts: [[ScriptedStep]], seed: UInt64 = 3, plan: EpisodePlan? = nil, policySeed: UInt64 = 17
  ) throws {
    let layout = ScriptedEnvironment.specification.observation
    network = try PolicyNetwork(
      NetworkDescription(sizes: NetworkSizes(embedding: 4, hidden: 8, recurrent: 4), recurrent: .lstm),
      observation: layout,
      actions: ScriptedEnvironment.specification.actions, valueHeads: 2)
    parameters = FloatBuffer(count: network.parameters.count)
    var generator = RandomGenerator(seed: policySeed)
    // Larger than an initialisation, so that no two places have the same value.
    for index in 0..<parameters.count { parameters.pointer[index] = 2 * generator.uniform() - 1 }
    policy = PolicySnapshot(
      network: network, version: 5, parameters: UnsafePointer(parameters.pointer), owner: parameters)
    shape = UnrollShape(
      unrollLength: unrollLength, environmentCount: scripts.count, rowByteCount: layout.rowByteCount,
      stateSize: network.stateSize, valueHeads: 2)
    let stage = Stage(scripts: scripts)
    self.stage = stage
    group = try RolloutGroup(
      index: 7, shape: shape, network: network, captions: captions, seed: seed, plan: plan,
      make: { stage.make() })
  }

  /// In the order they were made: those beyond E replaced one that failed.
  var environments: [ScriptedEnvironment] { stage.environments }

  func collect() throws -> TrajectoryBuffer { try group.collect(policy: policy) }

  /// What the observation of environment `e` before step `t` says.
  func place(_ buffer: TrajectoryBuffer, _ t: Int, _ e: Int) -> Place { Place(row: UnsafeRawPointer(buffer.row(t, e))) }

  /// The text of a step's caption.
  func caption(_ buffer: TrajectoryBuffer, _ t: Int, _ e: Int) -> String {
    let id = buffer.captions[t * shape.environmentCount + e]
    return id == 0 ? "" : String(decoding: captions.text(of: id), as: UTF8.self)
  }

  /// The recurrent state environment `e` had at the unroll's start.
  func initialState(_ buffer: TrajectoryBuffer, _ e: Int) -> [Float] {
    (0..<shape.stateSize).map { buffer.initialState[e * shape.stateSize + $0] }
  }
}
