import NeuralNetwork
import Tensor
import Trajectories

/// All numeric fields of an observation in one row: scaled, standardised if the network does so, and clipped. It has no
/// trained parameters.
struct NumericFields: ObservationEncoder {
  /// Bound on the absolute value of a number: one extreme number must not dominate the others.
  static let clip: Float = 5

  /// One field: its place in an observation row and in the output row.
  private struct Field: Sendable {
    let type: ScalarType
    let byteOffset: Int
    let column: Int
    /// Factor of each element.
    let scale: [Float]
  }

  private let fields: [Field]
  private let numericFields: [ObservationField]
  let outputSize: Int
  /// Applied between scale and clip; nil if the network does not standardise.
  var standardisation: Standardisation?
  var multiplyAdds: Int { 0 }
  var blueprint: NetworkBlueprint.Encoder? {
    .numbers(
      numericFields,
      standardisation.map {
        .init(mean: $0.mean, variance: $0.variance, minimumDeviation: Standardisation.minimumDeviation)
      }, clip: Self.clip)
  }
  var isTrained: Bool { false }

  /// Returns nil if the layout has no numeric field.
  /// - Throws: `PolicyNetworkError` if a field has neither one scale nor one for each element.
  init?(_ observation: ObservationLayout) throws {
    var fields: [Field] = []
    var numericFields: [ObservationField] = []
    var column = 0
    for (field, offset) in zip(observation.fields, observation.offsets) {
      guard case .numeric(let scale) = field.encoding else { continue }
      guard scale.count == 1 || scale.count == field.elementCount else {
        throw PolicyNetworkError("\(field.name): \(scale.count) scales for \(field.elementCount) elements")
      }
      let scales = scale.count == field.elementCount ? scale : Array(repeating: scale[0], count: field.elementCount)
      fields.append(Field(type: field.type, byteOffset: offset, column: column, scale: scales))
      numericFields.append(field)
      column += field.elementCount
    }
    guard column > 0 else { return nil }
    self.fields = fields
    self.numericFields = numericFields
    outputSize = column
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

/// Subtracts the mean from numbers and divides by their standard deviation.
///
/// Means and variances are part of the network's parameters, so that snapshots carry them to workers and checkpoints
/// save them. They have no gradient; `ObservationMoments` updates them.
struct Standardisation: Sendable {
  /// Smaller deviations count as this one, so that nearly constant elements are not amplified.
  static let minimumDeviation: Float = 1e-4

  /// [count] means.
  let mean: ParameterSlice
  /// [count] variances.
  let variance: ParameterSlice
  /// Offset of 1 / deviation [count] in `Weights.prepared`.
  private let inverseDeviation: Int

  var count: Int { mean.count }

  init(_ name: String, count: Int, in layout: inout ParameterLayout) {
    mean = layout.add("\(name).mean", [count])
    variance = layout.add("\(name).variance", [count], initial: .constants([1]))
    inverseDeviation = layout.reserve(count)
  }

  /// Derives the factors 1 / deviation.
  func prepare(_ parameters: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>) {
    let (variances, inverses) = (parameters + variance.offset, prepared + inverseDeviation)
    for i in 0..<count { inverses[i] = 1 / max(variances[i].squareRoot(), Self.minimumDeviation) }
  }

  /// Standardises `numbers` [count] in place.
  func apply(to numbers: UnsafeMutablePointer<Float>, _ weights: Weights) {
    let (means, inverses) = (weights.parameters + mean.offset, weights.prepared + inverseDeviation)
    for i in 0..<count { numbers[i] = (numbers[i] - means[i]) * inverses[i] }
  }
}
