import NeuralNetwork
import Runtime
import Tensor
import Trajectories

/// One categorical field: a vector for each element, side by side.
struct EmbeddedField: ObservationEncoder {
  private let embedding: Embedding
  private let type: ScalarType
  private let elementCount: Int
  private let byteOffset: Int

  var outputSize: Int { elementCount * embedding.size }
  var multiplyAdds: Int { 0 }

  /// - Throws: `PolicyNetworkError` if the field's elements are no categories.
  init(
    _ field: ObservationField, byteOffset: Int, size: Int, in layout: inout ParameterLayout
  ) throws {
    embedding = Embedding(
      "encoder.\(field.name)", cardinality: try field.checkedCardinality(), size: size, in: &layout)
    type = field.type
    elementCount = field.elementCount
    self.byteOffset = byteOffset
  }

  func initialise(_ parameters: UnsafeMutablePointer<Float>, generator: inout RandomGenerator) {
    embedding.initialise(parameters, generator: &generator)
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
  /// - Throws: `PolicyNetworkError` if the field's elements are no categories, or none.
  func checkedCardinality() throws -> Int {
    guard case .categorical(let cardinality) = encoding, type != .float32 else {
      throw PolicyNetworkError("\(name): categories must be integers")
    }
    guard cardinality > 0 else { throw PolicyNetworkError("\(name): cardinality \(cardinality) is not positive") }
    return cardinality
  }
}
