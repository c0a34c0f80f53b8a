import ActorCritic
import Trajectories

/// Sets of things as ONNX operators: what a network reads of them, and the logits of actions that point at them.
extension ONNXEncoder {
  /// The vectors [N, things, size] of a set; zeros where there is no thing.
  /// - Parameter activation: an operator on the vectors before they are cleared, such as "Elu"; nil for none.
  mutating func things(
    _ things: NetworkBlueprint.Things, activation: String? = nil, _ graph: inout ONNXGraph
  ) -> String {
    let parts = things.members.map { member -> String in
      let index = index(of: member.field, below: member.table.shape[0], &graph)
      return graph.add("Gather", [matrix(member.table, &graph), index], [("axis", .integer(0))])
    }
    var vectors = parts.dropFirst().reduce(parts[0]) { graph.add("Add", [$0, $1]) }
    if let activation { vectors = graph.add(activation, [vectors]) }
    let first = input(things.members[0].field, &graph)
    let number = graph.add("Cast", [first], [("to", .integer(ONNXGraph.Element.int64.rawValue))])
    let isMissing = graph.add("Equal", [number, graph.constant(integers: [0], shape: [])])
    let isThere = graph.add("Not", [isMissing])
    let weights = graph.add("Cast", [isThere], [("to", .integer(ONNXGraph.Element.float.rawValue))])
    return graph.add("Mul", [vectors, graph.add("Unsqueeze", [weights, graph.constant(integers: [2])])])
  }

  /// scale * the sum over a set's things of ELU of their vectors: [N, size].
  mutating func sum(_ things: NetworkBlueprint.Things, scale: Float, _ graph: inout ONNXGraph) -> String {
    let vectors = self.things(things, activation: "Elu", &graph)
    let sums = graph.add("ReduceSum", [vectors, graph.constant(integers: [1])], [("keepdims", .integer(0))])
    return graph.add("Mul", [sums, graph.constant([scale], shape: [1])])
  }

  /// The logits [N, P] of what the policy's last layer computes: of each factor its own columns, or the products of its query
  /// with the vectors of the things that it chooses from.
  mutating func pointed(
    _ outputs: String, _ pointers: NetworkBlueprint.Pointers, _ graph: inout ONNXGraph
  ) -> String {
    let sizes = pointers.factors.map { $0.set == nil ? $0.count : pointers.keySize }
    let columns = graph.add(
      "Split", [outputs, graph.constant(integers: sizes)], [("axis", .integer(1))],
      outputs: sizes.map { _ in graph.fresh("query") })
    let keys = pointers.sets.map { things($0, &graph) }
    let scale = graph.constant([pointers.scale], shape: [1])
    let last = graph.constant(integers: [2])
    let logits = zip(pointers.factors, columns).map { factor, column -> String in
      guard let set = factor.set else { return column }
      // [N, things, K] times [N, K, 1]
      let products = graph.add("MatMul", [keys[set], graph.add("Unsqueeze", [column, last])])
      return graph.add("Mul", [graph.add("Squeeze", [products, last]), scale])
    }
    return graph.add("Concat", logits, [("axis", .integer(1))])
  }
}
