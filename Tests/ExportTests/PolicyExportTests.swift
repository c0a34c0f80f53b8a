import ActorCritic
import Foundation
import NeuralNetwork
import Runtime
import Tensor
import Testing
import Trajectories

@testable import Export

/// An observation that every built-in network can read.
private let observation = ObservationLayout([
  ObservationField("glyphs", .int16, [12, 12], .categorical(cardinality: 40)),
  ObservationField(
    "tile_crop", .uint8, [12, 12],
    .tiles(SymbolTiles(side: 6, masks: [0b1011, 1 << 35], colours: [SIMD3(1, 0.5, 0), SIMD3(0, 0, 1)]))),
  ObservationField("status", .int64, [5], .numeric(scale: [0.1, 1, 0.5, 2, 0])),
  ObservationField("speed", .float32, [], .numeric(scale: [0.25])),
  ObservationField("message", .uint8, [32], .text),
  ObservationField("camera", .uint8, [8, 8, 3], .image),
  ObservationField("legal", .uint8, [5], .actionMask),
])

@Suite struct PolicyExportTests {
  private func network(
    _ entry: NetworkEntry, _ recurrent: RecurrentKind, normalises: Bool = false,
    space: ActionSpace = .factored([3, 2]), on observation: ObservationLayout = observation
  ) throws -> (network: PolicyNetwork, parameters: [Float]) {
    var description = NetworkDescription(
      entry, sizes: NetworkSizes(embedding: 4, text: 8, hidden: 16, recurrent: 8), recurrent: recurrent)
    description.normalisesObservations = normalises
    let network = try PolicyNetwork(description, observation: observation, actions: space, valueHeads: 2)
    let buffer = FloatBuffer(count: network.parameters.count)
    var generator = RandomGenerator(seed: 7)
    network.initialise(buffer, generator: &generator)
    return (network, Array(UnsafeBufferPointer(start: buffer.pointer, count: buffer.count)))
  }

  private func model(
    _ entry: NetworkEntry, _ recurrent: RecurrentKind, normalises: Bool = false
  ) throws -> ONNXReader {
    let (network, parameters) = try network(entry, recurrent, normalises: normalises)
    let policy = ONNXPolicy(
      blueprint: try #require(network.blueprint), parameters: PolicyParameters(values: parameters),
      stateSize: network.stateSize)
    return try ONNXReader(model: policy.model(version: "1", facts: [("task", "Test")]))
  }

  /// Every value that a node reads exists before it, and nothing is written twice.
  @Test(arguments: NetworkEntry.all, RecurrentKind.allCases)
  func graphsAreInOrder(entry: NetworkEntry, recurrent: RecurrentKind) throws {
    let model = try model(entry, recurrent, normalises: true)
    #expect(model.operatorSet == 17)
    var known = Set(model.constants.keys).union(model.inputs)
    #expect(known.count == model.constants.count + model.inputs.count)
    for node in model.nodes {
      for input in node.inputs where !input.isEmpty { #expect(known.contains(input), "\(node)") }
      for output in node.outputs where !output.isEmpty { #expect(known.insert(output).inserted, "\(node)") }
    }
    let state = recurrent == .none ? [] : ["state_out"]
    #expect(model.outputs == ["logits", "log_probabilities", "action", "values"] + state)
    #expect(model.outputs.allSatisfy(known.contains))
    #expect(model.inputs.contains("state_in") == (recurrent != .none))
    #expect(model.nodes.contains { $0.operation == "GRU" } == (recurrent == .gru))
    #expect(model.nodes.contains { $0.operation == "LSTM" } == (recurrent == .lstm))
  }

  /// The outputs follow from the space of actions.
  @Test func spacesHaveTheirOutputs() throws {
    let plain = ObservationLayout([ObservationField("x", .float32, [4], .numeric(scale: [1]))])
    let cases: [(ActionSpace, [String])] = [
      (.discrete(4), ["logits", "log_probabilities", "action", "values"]),
      (.continuous([-1...1, -Float.infinity...Float.infinity]), ["means", "log_deviations", "action", "values"]),
    ]
    for (space, outputs) in cases {
      let (network, parameters) = try network(.mlp, .none, space: space, on: plain)
      let policy = ONNXPolicy(
        blueprint: try #require(network.blueprint), parameters: PolicyParameters(values: parameters), stateSize: 0)
      let model = try ONNXReader(model: policy.model(version: "1", facts: []))
      #expect(model.outputs == outputs && model.inputs == ["x"])
    }
  }

  /// Every parameter is in the model, in some order.
  @Test(arguments: NetworkEntry.all, RecurrentKind.allCases)
  func everyParameterIsExported(entry: NetworkEntry, recurrent: RecurrentKind) throws {
    let (network, parameters) = try network(entry, recurrent)
    let model = try model(entry, recurrent)
    let exported = model.constants.values.filter { $0.type == 1 }.flatMap(\.floats)
    var counts: [UInt32: Int] = [:]
    for value in exported { counts[value.bitPattern, default: 0] += 1 }
    for value in parameters { counts[value.bitPattern, default: 0] -= 1 }
    #expect(!parameters.contains { (counts[$0.bitPattern] ?? -1) < 0 })
    #expect(network.parameters.count == parameters.count)
  }

  @Test func kernelsAndGatesAreReordered() throws {
    // Two channels, a kernel of 2: row (y 2 + x) 2 + channel, three outputs.
    var layout = ParameterLayout()
    let kernel = layout.add("k", [8, 3])
    let gates = layout.add("g", [2, 6])
    let parameters = PolicyParameters(values: (0..<36).map(Float.init))
    let reordered = parameters.kernel(kernel, side: 2)
    for output in 0..<3 {
      for channel in 0..<2 {
        for pixel in 0..<4 {
          #expect(reordered[(output * 2 + channel) * 4 + pixel] == Float((pixel * 2 + channel) * 3 + output))
        }
      }
    }
    // Blocks of two columns in the order 1, 0, 2; each row of the result is a column of the source.
    #expect(
      parameters.gates(gates, order: [1, 0, 2])
        == [26, 32, 27, 33, 24, 30, 25, 31, 28, 34, 29, 35])
  }

  @Test(arguments: NetworkEntry.all)
  func theTorchModuleNamesEveryParameterGroup(entry: NetworkEntry) throws {
    let (network, _) = try network(entry, .gru, normalises: true)
    var module = TorchModule(
      try #require(network.blueprint), stateSize: network.stateSize, facts: [("task", "a\"b\n")],
      weightsName: "w.safetensors")
    let source = module.source()
    #expect(source.hasPrefix("\"\"\"A policy") && source.contains("task: a\\\"b?"))
    for slice in network.parameters.slices {
      let group = slice.name.split(separator: ".").dropLast().joined(separator: ".")
      #expect(source.contains("\"\(slice.name)\"") || source.contains("\"\(group)\""), "\(slice.name)")
    }
  }
}
