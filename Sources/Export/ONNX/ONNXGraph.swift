import Runtime

/// A graph of ONNX operators under construction: nodes, constants, inputs and outputs, written in the encoding of
/// protocol buffers with the field numbers of onnx.proto (IR version 8).
struct ONNXGraph {
  /// Element types by their numbers in TensorProto.
  enum Element: Int {
    case float = 1
    case uint8 = 2
    case int8 = 3
    case int16 = 5
    case int32 = 6
    case int64 = 7
    case bool = 9
  }

  /// A size of a value's shape.
  enum Size {
    case fixed(Int)
    /// A size that each call may choose, by its name.
    case dynamic(String)
  }

  enum Attribute {
    case integer(Int)
    case integers([Int])
    case float(Float)
    case graph(ONNXGraph)
  }

  /// The number of the next value; a subgraph continues the numbers of the graph around it, whose names it sees.
  private(set) var counter: Int
  private let name: String
  private var nodes: [[UInt8]] = []
  private var constants: [[UInt8]] = []
  private var inputs: [[UInt8]] = []
  private var outputs: [[UInt8]] = []

  init(_ name: String, counter: Int = 0) {
    self.name = name
    self.counter = counter
  }

  /// A graph of the body of a loop.
  func subgraph(_ name: String) -> ONNXGraph { ONNXGraph(name, counter: counter) }

  /// Continues the numbers after those of a subgraph.
  mutating func skip(past subgraph: ONNXGraph) { counter = max(counter, subgraph.counter) }

  mutating func input(_ name: String, _ element: Element, _ shape: [Size]) {
    inputs.append(Self.valueInfo(name, element, shape))
  }

  mutating func output(_ name: String, _ element: Element, _ shape: [Size]) {
    outputs.append(Self.valueInfo(name, element, shape))
  }

  /// Adds an operator with one output.
  /// - Parameter output: the output's name; nil for a new one.
  /// - Returns: the output's name.
  @discardableResult
  mutating func add(
    _ operation: String, _ operands: [String], _ attributes: [(String, Attribute)] = [], output: String? = nil
  ) -> String {
    add(operation, operands, attributes, outputs: [output ?? fresh(operation)])[0]
  }

  /// Adds an operator with several outputs. An empty name is an output or an operand that is not used.
  @discardableResult
  mutating func add(
    _ operation: String, _ operands: [String], _ attributes: [(String, Attribute)], outputs: [String]
  ) -> [String] {
    nodes.append(
      ProtobufWriter.message { node in
        for operand in operands { node.text(1, operand) }
        for output in outputs { node.text(2, output) }
        node.text(4, operation)
        for (name, value) in attributes { node.data(5, Self.attribute(name, value)) }
      })
    return outputs
  }

  /// A name that no other value has. Names of this kind begin with a slash, which no field's name does.
  mutating func fresh(_ stem: String) -> String {
    counter += 1
    return "/\(stem)_\(counter)"
  }

  mutating func constant(_ values: [Float], shape: [Int]) -> String {
    constant(.float, shape: shape, bytes: values.withUnsafeBytes { Array($0) })
  }

  /// An int64 constant; without a shape it has one dimension.
  mutating func constant(integers values: [Int], shape: [Int]? = nil) -> String {
    let shape = shape ?? [values.count]
    return constant(.int64, shape: shape, bytes: values.map { Int64($0) }.withUnsafeBytes { Array($0) })
  }

  mutating func constant(bytes: [UInt8]) -> String { constant(.uint8, shape: [bytes.count], bytes: bytes) }

  /// - Precondition: `bytes` are the little-endian elements of the shape.
  private mutating func constant(_ element: Element, shape: [Int], bytes: [UInt8]) -> String {
    let name = fresh("constant")
    constants.append(
      ProtobufWriter.message { tensor in
        for size in shape { tensor.integer(1, size) }
        tensor.integer(2, element.rawValue)
        tensor.text(8, name)
        tensor.data(9, bytes)
      })
    return name
  }

  /// The GraphProto.
  var bytes: [UInt8] {
    ProtobufWriter.message { graph in
      for node in nodes { graph.data(1, node) }
      graph.text(2, name)
      for constant in constants { graph.data(5, constant) }
      for input in inputs { graph.data(11, input) }
      for output in outputs { graph.data(12, output) }
    }
  }

  private static func attribute(_ name: String, _ value: Attribute) -> [UInt8] {
    ProtobufWriter.message { attribute in
      attribute.text(1, name)
      switch value {
      case .float(let number):
        attribute.float(2, number)
        attribute.integer(20, 1)
      case .integer(let number):
        attribute.integer(3, number)
        attribute.integer(20, 2)
      case .graph(let graph):
        attribute.data(6, graph.bytes)
        attribute.integer(20, 5)
      case .integers(let numbers):
        for number in numbers { attribute.integer(8, number) }
        attribute.integer(20, 7)
      }
    }
  }

  private static func valueInfo(_ name: String, _ element: Element, _ shape: [Size]) -> [UInt8] {
    ProtobufWriter.message { info in
      info.text(1, name)
      info.message(2) { type in
        type.message(1) { tensor in
          tensor.integer(1, element.rawValue)
          tensor.message(2) { dimensions in
            for size in shape {
              dimensions.message(1) {
                switch size {
                case .fixed(let count): $0.integer(1, count)
                case .dynamic(let name): $0.text(2, name)
                }
              }
            }
          }
        }
      }
    }
  }
}

/// A whole model: a graph, the version of its operators and texts that describe it.
enum ONNXModel {
  static let irVersion = 8
  static let operatorSet = 17

  /// The ModelProto.
  static func bytes(_ graph: ONNXGraph, version: String, facts: [(name: String, value: String)]) -> [UInt8] {
    ProtobufWriter.message { model in
      model.integer(1, irVersion)
      model.text(2, "tengu")
      model.text(3, version)
      model.data(7, graph.bytes)
      model.message(8) {
        $0.text(1, "")
        $0.integer(2, operatorSet)
      }
      for (name, value) in facts {
        model.message(14) {
          $0.text(1, name)
          $0.text(2, value)
        }
      }
    }
  }
}
