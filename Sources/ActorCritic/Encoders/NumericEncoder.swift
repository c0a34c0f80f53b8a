import Environments
import NeuralNetwork
import Tensor

/// All numeric fields of an observation: scaled, clipped, laid side by side, then a linear layer and ELU.
struct NumericEncoder: Sendable {
  static let outputSize = 64
  /// Scaled values are kept in ± this: one absurd number must not drown the rest.
  static let clip: Float = 5

  /// One field: where it lies in a row, and where its numbers go.
  private struct Field: Sendable {
    let type: ScalarType
    let elementCount: Int
    let byteOffset: Int
    let column: Int
    /// One for each element.
    let scale: [Float]
  }

  private let fields: [Field]
  private let linear: Linear
  /// Numbers of a row.
  var inputSize: Int { linear.inputs }

  /// Nil if the layout has no numeric field.
  init?(_ observation: ObservationLayout, in layout: inout ParameterLayout) throws {
    var fields: [Field] = []
    var column = 0
    for (field, offset) in zip(observation.fields, observation.offsets) {
      guard case .numeric(let scale) = field.encoding else { continue }
      guard scale.count == 1 || scale.count == field.elementCount else {
        throw PolicyNetworkError("\(field.name): \(scale.count) scales for \(field.elementCount) elements")
      }
      let scales = scale.count == field.elementCount ? scale : Array(repeating: scale[0], count: field.elementCount)
      fields.append(
        Field(type: field.type, elementCount: field.elementCount, byteOffset: offset, column: column, scale: scales))
      column += field.elementCount
    }
    guard column > 0 else { return nil }
    self.fields = fields
    linear = Linear("encoder.numeric", inputs: column, outputs: Self.outputSize, in: &layout)
  }

  func initialise(_ parameters: UnsafeMutablePointer<Float>, generator: inout RandomGenerator) {
    linear.initialise(parameters, gain: 1, generator: &generator)
  }

  /// output [count, outputSize]; scaled [count, inputSize] is kept for the backward pass.
  func forward(
    _ rows: UnsafePointer<UnsafeRawPointer>, scaled: MutableMatrix, into output: MutableMatrix,
    parameters: UnsafePointer<Float>
  ) {
    for field in fields {
      for row in 0..<scaled.rows {
        Self.scale(rows[row] + field.byteOffset, field, into: scaled.row(row) + field.column)
      }
    }
    linear.forwardELU(scaled.view, into: output, parameters: parameters)
  }

  /// outputGradients [count, outputSize] are those before the ELU.
  func backward(
    scaled: Matrix, outputGradients: Matrix, parameters: UnsafePointer<Float>, gradients: UnsafeMutablePointer<Float>
  ) {
    linear.backward(
      scaled, outputGradients: outputGradients, inputGradients: nil, parameters: parameters, gradients: gradients)
  }

  private static func scale(_ source: UnsafeRawPointer, _ field: Field, into y: UnsafeMutablePointer<Float>) {
    switch field.type {
    case .uint8: scale(source.assumingMemoryBound(to: UInt8.self), field.scale, into: y) { Float($0) }
    case .int8: scale(source.assumingMemoryBound(to: Int8.self), field.scale, into: y) { Float($0) }
    case .int16: scale(source.assumingMemoryBound(to: Int16.self), field.scale, into: y) { Float($0) }
    case .int32: scale(source.assumingMemoryBound(to: Int32.self), field.scale, into: y) { Float($0) }
    case .int64: scale(source.assumingMemoryBound(to: Int64.self), field.scale, into: y) { Float($0) }
    case .float32: scale(source.assumingMemoryBound(to: Float.self), field.scale, into: y) { $0 }
    }
  }

  @inline(__always)
  private static func scale<Element>(
    _ source: UnsafePointer<Element>, _ scale: [Float], into y: UnsafeMutablePointer<Float>,
    _ convert: (Element) -> Float
  ) {
    for i in 0..<scale.count { y[i] = min(max(convert(source[i]) * scale[i], -clip), clip) }
  }
}
