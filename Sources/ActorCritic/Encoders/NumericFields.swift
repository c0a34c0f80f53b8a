import NeuralNetwork
import Runtime
import Tensor
import Trajectories

/// All numeric fields of an observation, scaled, standardised if so wanted, clipped and laid side by side. No gradient
/// reaches it.
struct NumericFields: ObservationEncoder {
  /// Values are kept in ± this: one absurd number must not drown the rest.
  static let clip: Float = 5

  /// One field: where it lies in a row, and where its numbers go.
  private struct Field: Sendable {
    let type: ScalarType
    let byteOffset: Int
    let column: Int
    /// One for each element.
    let scale: [Float]
  }

  private let fields: [Field]
  let outputSize: Int
  /// What comes between scales and clip; nil for nothing.
  var standardisation: Standardisation?
  var multiplyAdds: Int { 0 }
  var isTrained: Bool { false }

  /// Nil if the layout has no numeric field.
  init?(_ observation: ObservationLayout) throws {
    var fields: [Field] = []
    var column = 0
    for (field, offset) in zip(observation.fields, observation.offsets) {
      guard case .numeric(let scale) = field.encoding else { continue }
      guard scale.count == 1 || scale.count == field.elementCount else {
        throw PolicyNetworkError("\(field.name): \(scale.count) scales for \(field.elementCount) elements")
      }
      let scales = scale.count == field.elementCount ? scale : Array(repeating: scale[0], count: field.elementCount)
      fields.append(Field(type: field.type, byteOffset: offset, column: column, scale: scales))
      column += field.elementCount
    }
    guard column > 0 else { return nil }
    self.fields = fields
    outputSize = column
  }

  func initialise(_ parameters: UnsafeMutablePointer<Float>, generator: inout RandomGenerator) {
    standardisation?.initialise(parameters)
  }

  func prepare(
    _ parameters: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>, forTraining: Bool
  ) {
    standardisation?.prepare(parameters, into: prepared)
  }

  func makeWorkspace(maximumRows: Int, chunk: Int) -> AnyObject { NoWorkspace() }

  func forward(
    _ rows: UnsafePointer<UnsafeRawPointer>, _ range: Range<Int>, into y: MutableMatrix, weights: Weights,
    workspace: AnyObject
  ) {
    for (index, row) in range.enumerated() {
      let numbers = y.row(index)
      read(rows[row], into: numbers)
      standardisation?.apply(to: numbers, weights)
      for i in 0..<outputSize { numbers[i] = min(max(numbers[i], -Self.clip), Self.clip) }
    }
  }

  /// Writes the scaled numbers [outputSize] of one row of the observation layout.
  func read(_ row: UnsafeRawPointer, into y: UnsafeMutablePointer<Float>) {
    for field in fields { Self.scale(row + field.byteOffset, field, into: y + field.column) }
  }

  func backward(
    _ rows: UnsafePointer<UnsafeRawPointer>, _ range: Range<Int>, y: Matrix, outputGradients: MutableMatrix,
    weights: Weights, gradients: UnsafeMutablePointer<Float>, workspace: AnyObject
  ) {}

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
    for i in 0..<scale.count { y[i] = convert(source[i]) * scale[i] }
  }
}
