import Runtime
import Tensor
import TestSupport
import Testing
import Trajectories

@testable import ActorCritic

@Suite struct PolicyFeaturesTests {
  private static let layout = ObservationLayout([
    ObservationField("position", .float32, [3], .numeric(scale: [1]))
  ])

  private func network(_ kind: RecurrentKind) throws -> PolicyNetwork {
    try PolicyNetwork(
      NetworkDescription(
        .mlp, sizes: NetworkSizes(embedding: 3, text: 5, hidden: 9, recurrent: 10), recurrent: kind),
      observation: Self.layout, actions: .discrete(4), valueHeads: 1)
  }

  /// An unroll of random observations in which an episode ends.
  private func memory(steps: Int, _ network: PolicyNetwork, seed: UInt64) -> UnrollMemory {
    let memory = UnrollMemory(
      steps: steps, environments: 3, rowFloats: 3, heads: 1, stateSize: network.stateSize)
    var generator = RandomGenerator(seed: seed)
    for index in 0..<(steps + 1) * 9 { memory.observations[index] = generator.uniform() - 0.5 }
    for index in 0..<3 * network.stateSize { memory.initialState[index] = generator.uniform() - 0.5 }
    memory.flags[4] = StepFlags.terminated.rawValue
    memory.flags[2] = StepFlags.truncated.rawValue
    return memory
  }

  /// Step by step, with a state that is zero after the end of an episode.
  @Test(arguments: RecurrentKind.allCases)
  func featuresAreThoseOfInference(kind: RecurrentKind) throws {
    let network = try network(kind)
    let parameters = FloatBuffer(count: network.parameters.count)
    var generator = RandomGenerator(seed: 2)
    network.initialise(parameters, generator: &generator)
    let memory = memory(steps: 4, network, seed: 7)
    let features = PolicyFeatures(network, steps: 5, columns: 4)
    let unroll = memory.trainUnroll.unroll
    #expect(features.compute(unroll) == nil)
    features.prepare(parameters)
    let found = try #require(features.compute(unroll))
    #expect(found.rows == 15 && found.columns == network.featureCount)

    let prepared = network.makePrepared()
    let weights = network.prepare(parameters.pointer, into: prepared, forTraining: false)
    let workspace = network.makeWorkspace(maximumSteps: 1, maximumBatch: 3)
    let state = FloatBuffer((0..<3 * network.stateSize).map { memory.initialState[$0] })
    for step in 0...4 {
      for column in 0..<3 where step > 0 && memory.flags[(step - 1) * 3 + column] != 0 {
        (state.pointer + column * network.stateSize).update(repeating: 0, count: network.stateSize)
      }
      let rows = (0..<3).map { UnsafeRawPointer(memory.observations + (step * 3 + $0) * 3) }
      network.infer(rows: rows, batch: 3, state: state.pointer, weights: weights, workspace: workspace)
      for column in 0..<3 {
        for i in 0..<network.featureCount {
          let expected = workspace.recurrent.outputs.pointer[column * network.featureCount + i]
          #expect(abs(found.row(step * 3 + column)[i] - expected) < 1e-5)
        }
      }
    }
    withExtendedLifetime((prepared, memory)) {}
  }

  @Test func anUnrollThatIsTooLargeHasNone() throws {
    let network = try network(.gru)
    let parameters = FloatBuffer(count: network.parameters.count)
    let memory = memory(steps: 4, network, seed: 7)
    for (steps, columns) in [(3, 3), (4, 2)] {
      let features = PolicyFeatures(network, steps: steps, columns: columns)
      features.prepare(parameters)
      #expect(features.compute(memory.trainUnroll.unroll) == nil)
    }
  }
}
