import NeuralNetwork
import Tensor
import Trajectories

/// One categorical field: the vectors of its elements in one row.
struct EmbeddedField: ObservationEncoder {
  private let embedding: Embedding
  private let field: ObservationField
  private let type: ScalarType
  private let elementCount: Int
  private let byteOffset: Int

  var blueprint: NetworkBlueprint.Encoder? { .embedding(field, table: embedding.table) }
  var outputSize: Int { elementCount * embedding.size }
  var multiplyAdds: Int { 0 }

  /// - Throws: `PolicyNetworkError` if the field's elements are not categories.
  init(
    _ field: ObservationField, byteOffset: Int, size: Int, in layout: inout ParameterLayout
  ) throws {
    embedding = Embedding(
      "encoder.\(field.name)", cardinality: try field.checkedCardinality(), size: size, in: &layout)
    self.field = field
    type = field.type
    elementCount = field.elementCount
    self.byteOffset = byteOffset
  }

  func makeWorkspace(maximumRows: Int, chunk: Int) -> AnyObject { NoWorkspace() }

  func forward(
    _ rows: UnsafePointer<UnsafeRawPointer>, _ range: Range<Int>, into y: MutableMatrix, weights: Weights,
    workspace: AnyObject
  ) {
    for (index, row) in range.enumerated() {
      embedding.forward(
        rows[row] + byteOffset, type: type, count: elementCount, into: y.row(index), parameters: weights.parameters)
    }
  }

  func backward(
    _ rows: UnsafePointer<UnsafeRawPointer>, _ range: Range<Int>, y: Matrix, outputGradients: MutableMatrix,
    weights: Weights, gradients: UnsafeMutablePointer<Float>, workspace: AnyObject
  ) {
    for (index, row) in range.enumerated() {
      embedding.backward(
        rows[row] + byteOffset, type: type, count: elementCount, outputGradients: outputGradients.row(index),
        gradients: gradients)
    }
  }
}

extension ObservationField {
  /// The number of categories.
  /// - Throws: `PolicyNetworkError` if the field's elements are not categories or there are none.
  func checkedCardinality() throws -> Int {
    guard let cardinality = encoding.categoryCount, type != .float32 else {
      throw PolicyNetworkError("\(name): categories must be integers")
    }
    guard cardinality > 0 else { throw PolicyNetworkError("\(name): cardinality \(cardinality) is not positive") }
    return cardinality
  }
}

/// One grid of symbols and its first convolution, which sums rows of a table instead of multiplying.
struct GatheredField: ObservationEncoder {
  let convolution: any SymbolConvolution
  private let field: ObservationField
  private let type: ScalarType
  private let byteOffset: Int

  var blueprint: NetworkBlueprint.Encoder? { .init(field, convolution) }
  var outputSize: Int { convolution.outputCount }
  var multiplyAdds: Int { convolution.multiplyAdds }

  /// - Throws: `PolicyNetworkError` if the field and the convolution differ in their number of cells.
  init(_ field: ObservationField, byteOffset: Int, _ convolution: any SymbolConvolution) throws {
    guard field.elementCount == convolution.cellCount, field.type != .float32 else {
      throw PolicyNetworkError(
        "\(field.name): \(field.type)\(field.shape) instead of \(convolution.cellCount) symbols")
    }
    self.convolution = convolution
    self.field = field
    type = field.type
    self.byteOffset = byteOffset
  }

  func prepare(
    _ parameters: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>, forTraining: Bool
  ) {
    convolution.prepare(parameters, into: prepared)
  }

  /// Used by one thread at a time.
  private final class Memory {
    private let tableGradientCount: Int
    /// Allocated by the first backward pass; workspaces that only infer need none.
    lazy var tableGradients = FloatBuffer(count: tableGradientCount)

    init(_ convolution: any SymbolConvolution) { tableGradientCount = convolution.tableGradientCount }
  }

  func makeWorkspace(maximumRows: Int, chunk: Int) -> AnyObject { Memory(convolution) }

  func forward(
    _ rows: UnsafePointer<UnsafeRawPointer>, _ range: Range<Int>, into y: MutableMatrix, weights: Weights,
    workspace: AnyObject
  ) {
    for (index, row) in range.enumerated() {
      convolution.forward(rows[row] + byteOffset, type: type, into: y.row(index), weights: weights)
    }
  }

  func backward(
    _ rows: UnsafePointer<UnsafeRawPointer>, _ range: Range<Int>, y: Matrix, outputGradients: MutableMatrix,
    weights: Weights, gradients: UnsafeMutablePointer<Float>, workspace: AnyObject
  ) {
    let memory = unsafeDowncast(workspace, to: Memory.self)
    for (index, row) in range.enumerated() {
      convolution.backward(
        rows[row] + byteOffset, type: type, y: y.row(index), outputGradients: outputGradients.row(index),
        gradients: gradients, tableGradients: memory.tableGradients.pointer)
    }
  }

  func finishBackward(weights: Weights, gradients: UnsafeMutablePointer<Float>, workspace: AnyObject) {
    let memory = unsafeDowncast(workspace, to: Memory.self)
    convolution.finishBackward(
      weights: weights, tableGradients: memory.tableGradients.pointer, gradients: gradients)
  }
}
