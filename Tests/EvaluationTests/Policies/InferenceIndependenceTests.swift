import ActorCritic
import Assembly
import Configuration
import Environments
import NeuralNetwork
import Runtime
import Tensor
import TestSupport
import Testing

/// The output for a row of a batch depends on nothing but that row: bit for bit the same at any place, with any others.
/// `EpisodePlayer` rests on it: its table is the same for any number of threads.
@Suite struct InferenceIndependenceTests {
  private static let batch = 16

  /// The logits of each row and its state afterwards.
  private func infer(_ network: PolicyNetwork, _ weights: Weights, rows: [UnsafeRawPointer], states: [[Float]])
    -> [[UInt32]]
  {
    let workspace = network.makeWorkspace(maximumSteps: 1, maximumBatch: rows.count)
    let state = FloatBuffer(count: max(1, rows.count * network.stateSize))
    for (row, values) in states.enumerated() {
      for (index, value) in values.enumerated() { state.elements[row * network.stateSize + index] = value }
    }
    rows.withUnsafeBufferPointer { rows in
      network.infer(
        rows: rows.baseAddress!, batch: rows.count, state: state.pointer, weights: weights, workspace: workspace)
    }
    return rows.indices.map { row in
      let logits = (0..<network.actions.parameterCount).map {
        workspace.logits[row * network.actions.parameterCount + $0].bitPattern
      }
      return logits + (0..<network.stateSize).map { state.elements[row * network.stateSize + $0].bitPattern }
    }
  }

  /// No built-in task shows pictures, which impala reads.
  @Test(arguments: NetworkSection.Kind.builtIn.filter { $0 != .impala }, NetworkSection.Recurrent.allCases)
  func aRowStandsForItself(kind: NetworkSection.Kind, recurrent: NetworkSection.Recurrent) throws {
    var configuration = RunConfiguration()
    configuration.network.kind = kind
    configuration.network.recurrent = recurrent
    let plan = try RunPlan(configuration)
    let network = plan.network
    var generator = RandomGenerator(seed: 5)
    let parameters = FloatBuffer(generator.values(network.parameters.count, scale: 0.1))
    let prepared = network.makePrepared()
    let weights = network.prepare(parameters.pointer, into: prepared, forTraining: false)
    defer { withExtendedLifetime((parameters, prepared)) {} }
    let size = plan.specification.observation.rowByteCount
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: size * Self.batch, alignment: 64)
    defer { memory.deallocate() }
    // Small numbers, valid in every field.
    for index in memory.indices { memory[index] = index % 8 == 0 ? UInt8(generator.below(40)) : 0 }
    let rows = (0..<Self.batch).map { UnsafeRawPointer(memory.baseAddress! + $0 * size) }
    let states = rows.map { _ in generator.values(network.stateSize, scale: 0.5) }
    let together = infer(network, weights, rows: rows, states: states)
    #expect(Set(together).count > 1)
    for shift in [1, 5, 11] {
      let order = rows.indices.map { ($0 + shift) % Self.batch }
      let moved = infer(network, weights, rows: order.map { rows[$0] }, states: order.map { states[$0] })
      for (place, row) in order.enumerated() {
        #expect(moved[place] == together[row], "\(kind) \(recurrent): row \(row) in place \(place)")
      }
    }
    // With copies of another row.
    for row in [0, 7, 15] {
      let crowd = rows.indices.map { $0 == row ? row : 3 }
      let crowded = infer(network, weights, rows: crowd.map { rows[$0] }, states: crowd.map { states[$0] })
      #expect(crowded[row] == together[row], "\(kind) \(recurrent): row \(row)")
    }
  }
}
