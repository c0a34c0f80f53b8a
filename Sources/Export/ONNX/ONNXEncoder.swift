import ActorCritic
import NeuralNetwork
import Tensor
import Trajectories

/// Writes the part of a network below the recurrent cell as ONNX operators. Images are [N, C, H, W] there, as ONNX has
/// them; where a layer reads an image as one vector, it is turned into Tengu's order [H, W, C] first.
struct ONNXEncoder {
  /// A value of the graph: rows of floats, or images.
  private enum Value {
    /// [N, size]
    case rows(String)
    /// [N, C, H, W]
    case image(String)
  }

  private let parameters: PolicyParameters
  /// The fields that the graph has inputs for.
  private(set) var inputs: [ObservationField] = []

  init(_ parameters: PolicyParameters) { self.parameters = parameters }

  /// Adds the encoder to `graph`, with one input for each field that it reads.
  /// - Returns: the name of its rows [N, size].
  mutating func add(_ encoder: NetworkBlueprint.Encoder, to graph: inout ONNXGraph) -> String {
    rows(value(of: encoder, &graph), &graph)
  }

  private mutating func value(of encoder: NetworkBlueprint.Encoder, _ graph: inout ONNXGraph) -> Value {
    switch encoder {
    case .embedding(let field, let table):
      let index = index(of: field, below: table.shape[0], &graph)
      let vectors = graph.add("Gather", [matrix(table, &graph), index], [("axis", .integer(0))])
      return .rows(graph.add("Flatten", [vectors], [("axis", .integer(1))]))
    case .embeddedConvolution(let field, let grid): return embeddedGrid(field, grid, &graph)
    case .tileConvolution(let field, let tiles, let kernel, let stride, let weights):
      let picture = picture(field, tiles, &graph)
      return .image(convolved(picture, weights, kernel: kernel, stride: stride, padding: 0, &graph))
    case .numbers(let fields, let standardised, let clip):
      return .rows(numbers(fields, standardised, clip: clip, &graph))
    case .text(let field, let table):
      let bytes = graph.add("Flatten", [input(field, &graph)], [("axis", .integer(1))])
      return .rows(ONNXText(table: matrix(table, &graph), size: table.shape[1]).add(bytes, to: &graph))
    case .trigrams(let field, let table):
      let bytes = graph.add("Flatten", [input(field, &graph)], [("axis", .integer(1))])
      return .rows(ONNXTrigrams(table: matrix(table, &graph), length: field.elementCount).add(bytes, to: &graph))
    case .bytes(let field):
      let floats = float(field, &graph)
      return .rows(graph.add("Mul", [floats, graph.constant([Float(1) / 255], shape: [1])]))
    case .image(let field):
      let number = graph.add("Cast", [input(field, &graph)], [("to", .integer(ONNXGraph.Element.float.rawValue))])
      let share = graph.add("Mul", [number, graph.constant([Float(1) / 255], shape: [1])])
      return .image(graph.add("Transpose", [share], [("perm", .integers([0, 3, 1, 2]))]))
    case .set(let things, let scale): return .rows(sum(things, scale: scale, &graph))
    case .layers(let input, let layers):
      return layers.reduce(value(of: input, &graph)) { layer($1, on: $0, &graph) }
    case .concatenation(let parts):
      let names = parts.map { add($0, to: &graph) }
      return .rows(graph.add("Concat", names, [("axis", .integer(1))]))
    }
  }

  private func layer(_ layer: NetworkBlueprint.Layer, on value: Value, _ graph: inout ONNXGraph) -> Value {
    switch (layer, value) {
    case (.dense(let weights, let activation), _):
      return .rows(dense(rows(value, &graph), weights, activation, &graph))
    case (.convolution(let geometry, let weights), .image(let image)):
      return .image(
        convolved(
          image, weights, kernel: geometry.kernel, stride: geometry.stride, padding: geometry.padding, &graph))
    case (.residual(let geometry, let first, let second), .image(let image)):
      let (kernel, padding) = (geometry.kernel, geometry.padding)
      let inner = convolved(image, first, kernel: kernel, stride: 1, padding: padding, &graph)
      let outer = convolved(inner, second, kernel: kernel, stride: 1, padding: padding, &graph)
      return .image(graph.add("Add", [image, outer]))
    case (.maxPool(let pool), .image(let image)):
      let window: ONNXGraph.Attribute = .integers([pool.window, pool.window])
      return .image(graph.add("MaxPool", [image], [("kernel_shape", window), ("strides", window)]))
    case (_, .rows): preconditionFailure("the builder of a network refuses to convolve a vector")
    }
  }

  /// The value as rows in Tengu's order.
  private func rows(_ value: Value, _ graph: inout ONNXGraph) -> String {
    switch value {
    case .rows(let name): return name
    case .image(let name):
      let last = graph.add("Transpose", [name], [("perm", .integers([0, 2, 3, 1]))])
      return graph.add("Flatten", [last], [("axis", .integer(1))])
    }
  }

  /// f(x W + b).
  @discardableResult
  func dense(
    _ rows: String, _ weights: NetworkBlueprint.Weights, _ activation: Activation, _ graph: inout ONNXGraph,
    output: String? = nil
  ) -> String {
    let operands = [rows, matrix(weights.weight, &graph), matrix(weights.bias, &graph)]
    switch activation {
    case .none: return graph.add("Gemm", operands, output: output)
    case .elu: return graph.add("Elu", [graph.add("Gemm", operands)], output: output)
    case .relu: return graph.add("Relu", [graph.add("Gemm", operands)], output: output)
    }
  }

  private func convolved(
    _ image: String, _ weights: NetworkBlueprint.Weights, kernel: Int, stride: Int, padding: Int,
    _ graph: inout ONNXGraph
  ) -> String {
    let outputs = weights.weight.shape[1]
    let channels = weights.weight.shape[0] / (kernel * kernel)
    let values = graph.constant(
      parameters.kernel(weights.weight, side: kernel), shape: [outputs, channels, kernel, kernel])
    let sums = graph.add(
      "Conv", [image, values, matrix(weights.bias, &graph)],
      [
        ("kernel_shape", .integers([kernel, kernel])), ("strides", .integers([stride, stride])),
        ("pads", .integers([padding, padding, padding, padding])),
      ])
    return graph.add("Elu", [sums])
  }

  // MARK: Fields

  private mutating func embeddedGrid(
    _ field: ObservationField, _ grid: NetworkBlueprint.Grid, _ graph: inout ONNXGraph
  ) -> Value {
    let index = index(of: field, below: grid.embedding.shape[0], &graph)
    // [N, H, W, size]
    let vectors = graph.add("Gather", [matrix(grid.embedding, &graph), index], [("axis", .integer(0))])
    let image = graph.add("Transpose", [vectors], [("perm", .integers([0, 3, 1, 2]))])
    return .image(
      convolved(image, grid.weights, kernel: grid.kernel, stride: 1, padding: grid.padding, &graph))
  }

  /// The picture [N, 3, H side, W side] of a grid of tiles: each symbol's pixels from a table.
  private mutating func picture(_ field: ObservationField, _ tiles: SymbolTiles, _ graph: inout ONNXGraph) -> String {
    let (side, count) = (tiles.side, tiles.symbolCount)
    var pixels = [Float](repeating: 0, count: count * side * side * 3)
    for (mask, bits) in tiles.masks.enumerated() {
      for (number, colour) in tiles.colours.enumerated() {
        let symbol = 1 + mask * tiles.colours.count + number
        for pixel in 0..<side * side where bits >> UInt64(pixel) & 1 != 0 {
          for channel in 0..<3 { pixels[(symbol * side * side + pixel) * 3 + channel] = colour[channel] }
        }
      }
    }
    let table = graph.constant(pixels, shape: [count, side, side, 3])
    let (rows, columns) = (field.shape[0], field.shape[1])
    // [N, rows, columns, side, side, 3]
    let cells = graph.add("Gather", [table, index(of: field, below: count, &graph)], [("axis", .integer(0))])
    let ordered = graph.add("Transpose", [cells], [("perm", .integers([0, 5, 1, 3, 2, 4]))])
    return graph.add("Reshape", [ordered, graph.constant(integers: [0, 3, rows * side, columns * side])])
  }

  /// The input of a field; the graph gets it at the first call.
  mutating func input(_ field: ObservationField, _ graph: inout ONNXGraph) -> String {
    if !inputs.contains(where: { $0.name == field.name }) {
      inputs.append(field)
      graph.input(field.name, field.type.element, [.dynamic("N")] + field.shape.map { .fixed($0) })
    }
    return field.name
  }

  /// The elements as floats [N, count].
  private mutating func float(_ field: ObservationField, _ graph: inout ONNXGraph) -> String {
    let rows = graph.add("Flatten", [input(field, &graph)], [("axis", .integer(field.shape.isEmpty ? 0 : 1))])
    let columns = field.shape.isEmpty ? graph.add("Transpose", [rows], [("perm", .integers([1, 0]))]) : rows
    return field.type == .float32
      ? columns : graph.add("Cast", [columns], [("to", .integer(ONNXGraph.Element.float.rawValue))])
  }

  /// The elements as rows of a table; a number outside it is its last row.
  mutating func index(of field: ObservationField, below count: Int, _ graph: inout ONNXGraph) -> String {
    let number = graph.add("Cast", [input(field, &graph)], [("to", .integer(ONNXGraph.Element.int64.rawValue))])
    let isNegative = graph.add("Less", [number, graph.constant(integers: [0], shape: [])])
    let isLarge = graph.add("GreaterOrEqual", [number, graph.constant(integers: [count], shape: [])])
    let isOutside = graph.add("Or", [isNegative, isLarge])
    return graph.add("Where", [isOutside, graph.constant(integers: [count - 1], shape: []), number])
  }

  private mutating func numbers(
    _ fields: [ObservationField], _ standardised: NetworkBlueprint.Standardised?, clip: Float, _ graph: inout ONNXGraph
  ) -> String {
    let parts = fields.map { field -> String in
      guard case .numeric(let scale) = field.encoding else { preconditionFailure("\(field.name) is no number") }
      let values = scale.count == field.elementCount ? scale : Array(repeating: scale[0], count: field.elementCount)
      return graph.add("Mul", [float(field, &graph), graph.constant(values, shape: [1, values.count])])
    }
    var all = parts.count == 1 ? parts[0] : graph.add("Concat", parts, [("axis", .integer(1))])
    if let standardised {
      let factors = parameters.deviations(standardised).map { 1 / $0 }
      all = graph.add("Sub", [all, matrix(standardised.mean, &graph)])
      all = graph.add("Mul", [all, graph.constant(factors, shape: [factors.count])])
    }
    return graph.add("Clip", [all, graph.constant([-clip], shape: []), graph.constant([clip], shape: [])])
  }

  /// An array of parameters in its own shape.
  func matrix(_ slice: ParameterSlice, _ graph: inout ONNXGraph) -> String {
    graph.constant(parameters.values(of: slice), shape: slice.shape)
  }
}

extension ScalarType {
  /// The element type of a field's input.
  var element: ONNXGraph.Element {
    switch self {
    case .uint8: .uint8
    case .int8: .int8
    case .int16: .int16
    case .int32: .int32
    case .int64: .int64
    case .float32: .float
    }
  }
}
