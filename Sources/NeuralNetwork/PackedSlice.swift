import Tensor

/// A matrix of parameters [inputs, outputs] with its packed copies among what is prepared: one for products with x, and
/// a transposed one for products with d loss / d y.
struct PackedSlice: Sendable {
  /// [inputs, outputs]
  let slice: ParameterSlice
  private let inputs: Int
  private let outputs: Int
  /// Offsets in `Weights.prepared`.
  private let packed: Int
  private let packedTransposed: Int

  init(_ slice: ParameterSlice, in layout: inout ParameterLayout) {
    self.slice = slice
    outputs = slice.shape.last ?? 1
    inputs = slice.count / max(outputs, 1)
    packed = layout.reserve(PackedWeights.floatCount(inputs: inputs, outputs: outputs))
    packedTransposed = layout.reserve(PackedWeights.floatCount(inputs: outputs, outputs: inputs))
  }

  /// Packs the matrix, and its transpose when `forTraining`.
  func prepare(
    _ parameters: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>, forTraining: Bool
  ) {
    let matrix: Matrix = slice.matrix(in: parameters)
    PackedWeights.pack(matrix, into: prepared + packed)
    if forTraining { PackedWeights.pack(matrix.transposed, into: prepared + packedTransposed) }
  }

  /// W [inputs, outputs]
  func weights(_ weights: Weights) -> PackedWeights {
    PackedWeights(weights.prepared + packed, inputs: inputs, outputs: outputs)
  }

  /// W transposed [outputs, inputs]
  func transposed(_ weights: Weights) -> PackedWeights {
    PackedWeights(weights.prepared + packedTransposed, inputs: outputs, outputs: inputs)
  }
}
