import Environments
import NeuralNetwork
import Tensor

/// All categorical fields of an observation: a vector for each element, laid side by side, then a linear layer and ELU.
struct CategoricalEncoder: Sendable {
  /// One field: where it lies in a row, and where its vectors go.
  private struct Field: Sendable {
    let embedding: Embedding
    let type: ScalarType
    let elementCount: Int
    let byteOffset: Int
    let column: Int
  }

  private let fields: [Field]
  private let linear: Linear
  var outputSize: Int { linear.outputs }
  /// Floats of the vectors side by side.
  var embeddedSize: Int { linear.inputs }

  /// Nil if the layout has no categorical field.
  init?(
    _ observation: ObservationLayout, description: NetworkDescription, in layout: inout ParameterLayout
  ) throws {
    var fields: [Field] = []
    var column = 0
    for (field, offset) in zip(observation.fields, observation.offsets) {
      guard case .categorical(let cardinality) = field.encoding else { continue }
      guard field.type != .float32 else { throw PolicyNetworkError("\(field.name): categories must be integers") }
      guard cardinality > 0 else {
        throw PolicyNetworkError("\(field.name): cardinality \(cardinality) is not positive")
      }
      let embedding = Embedding(
        "encoder.\(field.name)", cardinality: cardinality, size: description.embeddingSize, in: &layout)
      fields.append(
        Field(
          embedding: embedding, type: field.type, elementCount: field.elementCount, byteOffset: offset, column: column))
      column += field.elementCount * description.embeddingSize
    }
    guard column > 0 else { return nil }
    self.fields = fields
    linear = Linear("encoder.categorical", inputs: column, outputs: description.hiddenSize, in: &layout)
  }

  func initialise(_ parameters: UnsafeMutablePointer<Float>, generator: inout RandomGenerator) {
    for field in fields { field.embedding.initialise(parameters, generator: &generator) }
    linear.initialise(parameters, gain: 1, generator: &generator)
  }

  /// output [count, outputSize]; embedded [count, embeddedSize] is kept for the backward pass.
  func forward(
    _ rows: UnsafePointer<UnsafeRawPointer>, embedded: MutableMatrix, into output: MutableMatrix,
    parameters: UnsafePointer<Float>
  ) {
    for field in fields {
      for row in 0..<embedded.rows {
        field.embedding.forward(
          rows[row] + field.byteOffset, type: field.type, count: field.elementCount,
          into: embedded.row(row) + field.column, parameters: parameters)
      }
    }
    linear.forwardELU(embedded.view, into: output, parameters: parameters)
  }

  /// outputGradients [count, outputSize] are those before the ELU; embeddedGradients [count, embeddedSize] is scratch.
  func backward(
    _ rows: UnsafePointer<UnsafeRawPointer>, embedded: Matrix, outputGradients: Matrix,
    embeddedGradients: MutableMatrix, parameters: UnsafePointer<Float>, gradients: UnsafeMutablePointer<Float>
  ) {
    linear.backward(
      embedded, outputGradients: outputGradients, inputGradients: embeddedGradients, parameters: parameters,
      gradients: gradients)
    for field in fields {
      for row in 0..<embedded.rows {
        field.embedding.backward(
          rows[row] + field.byteOffset, type: field.type, count: field.elementCount,
          outputGradients: embeddedGradients.row(row) + field.column, gradients: gradients)
      }
    }
  }
}
