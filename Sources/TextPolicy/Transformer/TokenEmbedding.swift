import NeuralNetwork
import Tensor

/// Vectors of tokens and of positions. The tokens' table is also the last layer (tied embedding, Press and Wolf 2017).
struct TokenEmbedding: Sendable {
  let vocabulary: Int
  let width: Int
  /// [vocabulary, width]
  let tokens: ParameterSlice
  /// [context, width]
  let positions: ParameterSlice

  /// Places of the packed tables in `Weights.prepared`: transposed for logits, as stored for their gradients.
  private let packedTransposed: Int
  private let packed: Int

  init(_ options: TransformerOptions, in layout: inout ParameterLayout) {
    vocabulary = options.vocabulary
    width = options.width
    tokens = layout.add("embedding.tokens", [vocabulary, width])
    positions = layout.add("embedding.positions", [options.context, width])
    packedTransposed = layout.reserve(PackedWeights.floatCount(inputs: width, outputs: vocabulary))
    packed = layout.reserve(PackedWeights.floatCount(inputs: vocabulary, outputs: width))
  }

  func prepare(
    _ parameters: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>, forTraining: Bool
  ) {
    let table: Matrix = tokens.matrix(in: parameters)
    PackedWeights.pack(table.transposed, into: prepared + packedTransposed)
    if forTraining { PackedWeights.pack(table, into: prepared + packed) }
  }

  /// x [width] = the vector of `token` + the vector of `position`. Both must be in range.
  @inline(__always)
  func forward(
    token: UInt8, position: Int, into x: UnsafeMutablePointer<Float>, parameters: UnsafePointer<Float>
  ) {
    Rows.copy(parameters + tokens.offset + Int(token) * width, to: x, count: width)
    Rows.add(parameters + positions.offset + position * width, to: x, count: width)
  }

  /// Adds d loss / d tables of one position. slopes [width] is d loss / d x.
  @inline(__always)
  func backward(
    token: UInt8, position: Int, slopes: UnsafePointer<Float>, gradients: UnsafeMutablePointer<Float>
  ) {
    Rows.add(slopes, to: gradients + tokens.offset + Int(token) * width, count: width)
    Rows.add(slopes, to: gradients + positions.offset + position * width, count: width)
  }

  /// logits [rows, vocabulary] = x [rows, width] times the transposed table.
  func logits(_ x: Matrix, into logits: MutableMatrix, weights: Weights) {
    let table = PackedWeights(weights.prepared + packedTransposed, inputs: width, outputs: vocabulary)
    PackedProduct.multiply(x, table, into: logits)
  }

  /// Writes d loss / d x [rows, width] and adds d loss / d table, from d loss / d logits [rows, vocabulary].
  func logitsBackward(
    _ x: Matrix, logitGradients: Matrix, inputGradients: MutableMatrix, weights: Weights,
    gradients: UnsafeMutablePointer<Float>
  ) {
    GradientProduct.add(logitGradients, outputGradients: x, to: tokens.matrix(in: gradients))
    let table = PackedWeights(weights.prepared + packed, inputs: vocabulary, outputs: width)
    PackedProduct.multiply(logitGradients, table, into: inputGradients)
  }
}
