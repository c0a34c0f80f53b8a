import ActorCritic
import Foundation
import NeuralNetwork
import Runtime
import Tensor
import Testing
import Trajectories

@testable import Export

/// Exports of policies whose actions have a verb with arguments, whose observations have sets of things, and that read trigrams.
@Suite struct StructuredExportTests {
  private static let structure = ActionStructure(uses: [[], [1], [1, 2], [3]], sets: [nil, "pack", nil, "floor"])
  private static let space = ActionSpace.factored([4, 5, 2, 3])
  private static let observation = ObservationLayout([
    ObservationField("status", .float32, [5], .numeric(scale: [0.5])),
    ObservationField("message", .uint8, [32], .text),
    ObservationField("pack_kinds", .int16, [5], .member(cardinality: 30, set: "pack")),
    ObservationField("pack_states", .uint8, [5], .member(cardinality: 7, set: "pack")),
    ObservationField("floor_kinds", .int16, [3], .member(cardinality: 30, set: "floor")),
    ObservationField("legal", .uint8, [14], .structuredMask(structure)),
  ])

  private func network(
    _ entry: NetworkEntry = .compact, floor: Float = 0
  ) throws -> (network: PolicyNetwork, parameters: [Float]) {
    var description = NetworkDescription(
      entry, sizes: NetworkSizes(embedding: 4, text: 8, hidden: 16, recurrent: 8), recurrent: .gru)
    (description.trigramSize, description.choiceFloor) = (6, floor)
    let network = try PolicyNetwork(description, observation: Self.observation, actions: Self.space, valueHeads: 1)
    let buffer = FloatBuffer(count: network.parameters.count)
    var generator = RandomGenerator(seed: 7)
    network.initialise(buffer, generator: &generator)
    return (network, Array(UnsafeBufferPointer(start: buffer.pointer, count: buffer.count)))
  }

  private func model(_ entry: NetworkEntry = .compact, floor: Float = 0) throws -> ONNXReader {
    let (network, parameters) = try network(entry, floor: floor)
    let policy = ONNXPolicy(
      blueprint: try #require(network.blueprint), parameters: PolicyParameters(values: parameters),
      stateSize: network.stateSize)
    return try ONNXReader(model: policy.model(version: "1", facts: []))
  }

  @Test(arguments: [NetworkEntry.compact, .mlp], [Float(0), 0.01])
  func graphsAreInOrder(entry: NetworkEntry, floor: Float) throws {
    let model = try model(entry, floor: floor)
    var known = Set(model.constants.keys).union(model.inputs)
    for node in model.nodes {
      for input in node.inputs where !input.isEmpty { #expect(known.contains(input), "\(node)") }
      for output in node.outputs where !output.isEmpty { #expect(known.insert(output).inserted, "\(node)") }
    }
    #expect(model.outputs == ["logits", "log_probabilities", "action", "values", "state_out"])
    #expect(model.outputs.allSatisfy(known.contains))
    #expect(Set(model.inputs) == Set(Self.observation.fields.map(\.name) + ["state_in"]))
    // Three factors point at things.
    #expect(model.nodes.filter { $0.operation == "MatMul" }.count == 2)
    #expect(model.nodes.contains { $0.operation == "IsInf" } == (floor > 0))
  }

  @Test(arguments: [NetworkEntry.compact, .mlp])
  func everyParameterIsExported(entry: NetworkEntry) throws {
    let (_, parameters) = try network(entry, floor: 0.01)
    let model = try model(entry, floor: 0.01)
    var counts: [UInt32: Int] = [:]
    for value in model.constants.values.filter({ $0.type == 1 }).flatMap(\.floats) {
      counts[value.bitPattern, default: 0] += 1
    }
    for value in parameters { counts[value.bitPattern, default: 0] -= 1 }
    #expect(!parameters.contains { (counts[$0.bitPattern] ?? -1) < 0 })
  }

  /// The rows that multiply an action say which factors count with each verb.
  @Test func theModelKnowsWhichFactorsCount() throws {
    let used: [Int64] = [1, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 0, 1, 0, 0, 1]
    let tables = try model().constants.values.filter { $0.shape == [4, 4] && $0.type == 7 }
    #expect(tables.map { $0.bytes.withUnsafeBytes { Array($0.bindMemory(to: Int64.self)) } } == [used])
  }

  @Test func theTorchModuleSaysHowToChoose() throws {
    let (network, _) = try network(floor: 0.01)
    var module = TorchModule(
      try #require(network.blueprint), stateSize: network.stateSize, facts: [], weightsName: "w.safetensors")
    let source = module.source()
    for slice in network.parameters.slices {
      let group = slice.name.split(separator: ".").dropLast().joined(separator: ".")
      #expect(source.contains("\"\(slice.name)\"") || source.contains("\"\(group)\""), "\(slice.name)")
    }
    #expect(source.contains("uses = [[], [1], [1, 2], [3]]") && source.contains("counts = [4, 5, 2, 3]"))
    #expect(source.contains("[(4, None), (16, 0), (2, None), (16, 1)], 0.25)"))
    #expect(source.contains("def choose(self, logits, generator=None):"))
  }
}
