import NeuralNetwork

/// The vector of a text's hashed trigrams (`TrigramField`) as ONNX operators: all positions of all texts at once.
struct ONNXTrigrams {
  private static let multiplier = 2_654_435_761
  /// 2^20: what is left of 32 bits above it are the 12 bits of a row.
  private static let divisor = 1 << 20

  /// Name of the table [4096, size] in the graph.
  let table: String
  /// Bytes of a text.
  let length: Int

  /// - Parameter bytes: name of the texts [N, length], uint8.
  /// - Returns: the name of the vectors [N, size], after ELU.
  func add(_ bytes: String, to graph: inout ONNXGraph) -> String {
    let int64: ONNXGraph.Attribute = .integer(ONNXGraph.Element.int64.rawValue)
    let float: ONNXGraph.Attribute = .integer(ONNXGraph.Element.float.rawValue)
    let text = graph.add("Cast", [bytes], [("to", int64)])
    func columns(_ value: String, from start: Int) -> String {
      let bounds = [[start], [start + max(0, length - 2)], [1]].map { graph.constant(integers: $0) }
      return graph.add("Slice", [value] + bounds)
    }
    let lowered = graph.constant(integers: (0..<256).map { 65...90 ~= $0 ? $0 | 0x20 : $0 })
    let letters = graph.add("Gather", [lowered, text], [("axis", .integer(0))])
    var key = columns(letters, from: 0)
    for place in 1...2 {
      let shifted = graph.add("Mul", [key, graph.constant(integers: [256], shape: [])])
      key = graph.add("Add", [shifted, columns(letters, from: place)])
    }
    let product = graph.add("Mul", [key, graph.constant(integers: [Self.multiplier], shape: [])])
    let hash = graph.add("Mod", [product, graph.constant(integers: [1 << 32], shape: [])])
    let rows = graph.add("Div", [hash, graph.constant(integers: [Self.divisor], shape: [])])
    // A trigram counts if no zero stands before its end.
    let isZero = graph.add("Equal", [text, graph.constant(integers: [0], shape: [])])
    let zeros = graph.add(
      "CumSum", [graph.add("Cast", [isZero], [("to", int64)]), graph.constant(integers: [1], shape: [])])
    let isText = graph.add("Equal", [columns(zeros, from: 2), graph.constant(integers: [0], shape: [])])
    let weights = graph.add("Cast", [isText], [("to", float)])
    let axis = graph.constant(integers: [1])
    let vectors = graph.add("Gather", [table, rows], [("axis", .integer(0))])
    let counted = graph.add("Mul", [vectors, graph.add("Unsqueeze", [weights, graph.constant(integers: [2])])])
    let sum = graph.add("ReduceSum", [counted, axis], [("keepdims", .integer(0))])
    let count = graph.add("ReduceSum", [weights, axis], [("keepdims", .integer(1))])
    let root = graph.add("Sqrt", [graph.add("Max", [count, graph.constant([Float(1)], shape: [1])])])
    return graph.add("Elu", [graph.add("Div", [sum, root])])
  }
}
