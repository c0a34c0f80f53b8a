import ActorCritic
import NeuralNetwork
import Tensor
import Trajectories

/// A policy as an ONNX model (operator set 17): one input for each observation field in the environment's own type, and the
/// recurrent state in and out. Scales, standardisation and clipping are part of the graph, and N is free in every call.
///
/// Outputs: those of `ONNXActions`, `values` [N, V] and `state_out` [N, S]. At the beginning of an episode the caller passes a
/// state of zeros.
struct ONNXPolicy {
  let blueprint: NetworkBlueprint
  let parameters: PolicyParameters
  let stateSize: Int

  /// The encoded model.
  /// - Parameter facts: texts that describe the policy.
  func model(version: String, facts: [(name: String, value: String)]) -> [UInt8] {
    var graph = ONNXGraph("policy")
    var encoder = ONNXEncoder(parameters)
    let encoded = encoder.add(blueprint.encoder, to: &graph)
    if stateSize > 0 { graph.input("state_in", .float, [.dynamic("N"), .fixed(stateSize)]) }
    let hidden = recurrent(encoded, &graph)
    var outputs = encoder.dense(hidden, blueprint.policy, .none, &graph)
    if let pointers = blueprint.pointers { outputs = encoder.pointed(outputs, pointers, &graph) }
    let mask = blueprint.mask.map { encoder.input($0, &graph) }
    ONNXActions(
      space: blueprint.space, structure: blueprint.structure,
      floor: blueprint.floor.map { parameters.values(of: $0)[0] } ?? 0
    ).add(outputs, mask: mask, to: &graph)
    if let scale = blueprint.valueScale {
      let output = encoder.dense(hidden, blueprint.value, .none, &graph)
      let deviations = parameters.deviations(scale)
      let scaled = graph.add("Mul", [output, graph.constant(deviations, shape: [deviations.count])])
      let means = graph.constant(parameters.values(of: scale.mean), shape: scale.mean.shape)
      graph.add("Add", [scaled, means], output: "values")
    } else {
      encoder.dense(hidden, blueprint.value, .none, &graph, output: "values")
    }
    graph.output("values", .float, [.dynamic("N"), .fixed(blueprint.value.bias.count)])
    if stateSize > 0 { graph.output("state_out", .float, [.dynamic("N"), .fixed(stateSize)]) }
    return ONNXModel.bytes(graph, version: version, facts: facts)
  }

  /// The output [N, H] of the recurrent cell; `state_out` is the state after the step.
  private func recurrent(_ rows: String, _ graph: inout ONNXGraph) -> String {
    switch blueprint.cell {
    case .none: return rows
    case .gru(let cell):
      // Tengu's gates are r, z, n; ONNX's are z, r, n. Both apply the reset gate after the recurrent product.
      let order = [1, 0, 2]
      let bias = parameters.gates(cell.inputBias, order: order) + parameters.gates(cell.recurrentBias, order: order)
      let output = graph.fresh("hidden")
      graph.add(
        "GRU",
        [
          sequence(rows, &graph), weights(cell.inputWeight, order, &graph),
          weights(cell.recurrentWeight, order, &graph),
          graph.constant(bias, shape: [1, bias.count]), "", sequence("state_in", &graph),
        ], [("hidden_size", .integer(cell.hiddenSize)), ("linear_before_reset", .integer(1))], outputs: ["", output])
      return graph.add("Squeeze", [output, graph.constant(integers: [0])], output: "state_out")
    case .lstm(let cell): return longShortTermMemory(cell, rows, &graph)
    case .minGRU(let cell): return minimalUnit(cell, rows, &graph)
    }
  }

  private func longShortTermMemory(_ cell: LSTM, _ rows: String, _ graph: inout ONNXGraph) -> String {
    // Tengu's gates are i, f, g, o; ONNX's are i, o, f, c.
    let order = [0, 3, 1, 2]
    let size = cell.hiddenSize
    let bias = parameters.gates(cell.bias, order: order) + [Float](repeating: 0, count: 4 * size)
    let parts = graph.add(
      "Split", ["state_in", graph.constant(integers: [size, size])], [("axis", .integer(1))],
      outputs: [graph.fresh("hidden"), graph.fresh("cell")])
    let (hidden, memory) = (graph.fresh("hidden"), graph.fresh("cell"))
    graph.add(
      "LSTM",
      [
        sequence(rows, &graph), weights(cell.inputWeight, order, &graph), weights(cell.recurrentWeight, order, &graph),
        graph.constant(bias, shape: [1, bias.count]), "", sequence(parts[0], &graph), sequence(parts[1], &graph),
      ], [("hidden_size", .integer(size))], outputs: ["", hidden, memory])
    let output = graph.add("Squeeze", [hidden, graph.constant(integers: [0])])
    graph.add(
      "Concat", [output, graph.add("Squeeze", [memory, graph.constant(integers: [0])])], [("axis", .integer(1))],
      output: "state_out")
    return output
  }

  /// ONNX has no such cell: a product, then h + z (n - h).
  private func minimalUnit(_ cell: MinGRU, _ rows: String, _ graph: inout ONNXGraph) -> String {
    let size = cell.hiddenSize
    let sums = graph.add(
      "Gemm",
      [
        rows, graph.constant(parameters.values(of: cell.inputWeight), shape: cell.inputWeight.shape),
        graph.constant(parameters.values(of: cell.bias), shape: cell.bias.shape),
      ])
    let parts = graph.add(
      "Split", [sums, graph.constant(integers: [size, size])], [("axis", .integer(1))],
      outputs: [graph.fresh("gate"), graph.fresh("candidate")])
    let change = graph.add("Sub", [parts[1], "state_in"])
    let step = graph.add("Mul", [graph.add("Sigmoid", [parts[0]]), change])
    return graph.add("Add", ["state_in", step], output: "state_out")
  }

  /// Rows [N, size] as a sequence of one step [1, N, size].
  private func sequence(_ rows: String, _ graph: inout ONNXGraph) -> String {
    graph.add("Unsqueeze", [rows, graph.constant(integers: [0])])
  }

  /// [1, G H, inputs]
  private func weights(_ slice: ParameterSlice, _ order: [Int], _ graph: inout ONNXGraph) -> String {
    graph.constant(parameters.gates(slice, order: order), shape: [1, slice.shape[1], slice.shape[0]])
  }
}
