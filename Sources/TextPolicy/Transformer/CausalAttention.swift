import Glibc
import NeuralNetwork
import Tensor

/// Attention of each position to itself and the earlier ones (Vaswani et al. 2017), for whole texts.
///
/// The keys and values of a text are packed once for each head, so that scores and sums are packed products. It has no
/// parameters: the layers around it make queries, keys and values.
struct CausalAttention: Sendable {
  let heads: Int
  let headWidth: Int

  var width: Int { heads * headWidth }
  private var scale: Float { 1 / sqrtf(Float(headWidth)) }

  /// Floats of scratch memory for texts of up to `length` tokens.
  func scratchCount(length: Int) -> Int {
    2 * PackedWeights.floatCount(inputs: headWidth, outputs: length)
      + 2 * PackedWeights.floatCount(inputs: length, outputs: headWidth) + length * length
  }

  /// - Parameters:
  ///   - x: queries, keys and values [texts * length, 3 width], in this order in each row.
  ///   - y: [texts * length, width]
  ///   - shares: the attention weights [texts, heads, length, length], which the backward pass reads.
  func forward(
    _ x: Matrix, length: Int, into y: MutableMatrix, shares: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutablePointer<Float>
  ) {
    let keys = scratch
    let values = keys + PackedWeights.floatCount(inputs: headWidth, outputs: length)
    for text in 0..<x.rows / length {
      let rows = text * length..<(text + 1) * length
      for head in 0..<heads {
        let part = parts(x.rows(rows), head: head)
        let weights = MutableMatrix(
          shares + (text * heads + head) * length * length, rows: length, columns: length)
        PackedWeights.pack(part.keys.transposed, into: keys)
        PackedWeights.pack(part.values, into: values)
        PackedProduct.multiply(
          part.queries, PackedWeights(keys, inputs: headWidth, outputs: length), into: weights)
        for row in 0..<length {
          AttentionRow.softmax(weights.row(row), count: row + 1, total: length, scale: scale)
        }
        PackedProduct.multiply(
          weights.view, PackedWeights(values, inputs: length, outputs: headWidth),
          into: y.rows(rows).columns(columns(head)))
      }
    }
  }

  /// Writes d loss / d x [texts * length, 3 width] from d loss / d y [texts * length, width].
  /// - Parameters:
  ///   - x: input of the forward pass.
  ///   - shares: what the forward pass wrote.
  func backward(
    _ x: Matrix, length: Int, shares: UnsafePointer<Float>, outputGradients: Matrix, inputGradients: MutableMatrix,
    scratch: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<x.rows { inputGradients.row(row).update(repeating: 0, count: 3 * width) }
    let keys = scratch
    let values = keys + PackedWeights.floatCount(inputs: length, outputs: headWidth)
    let slopes = MutableMatrix(
      values + PackedWeights.floatCount(inputs: headWidth, outputs: length), rows: length, columns: length)
    for text in 0..<x.rows / length {
      let rows = text * length..<(text + 1) * length
      for head in 0..<heads {
        let part = parts(x.rows(rows), head: head)
        let target = inputGradients.rows(rows)
        let weights = Matrix(shares + (text * heads + head) * length * length, rows: length, columns: length)
        let outputs = outputGradients.rows(rows).columns(columns(head))
        GradientProduct.add(weights, outputGradients: outputs, to: target.columns(columns(head, part: 2)))
        PackedWeights.pack(part.values.transposed, into: values)
        PackedProduct.multiply(outputs, PackedWeights(values, inputs: headWidth, outputs: length), into: slopes)
        for row in 0..<length {
          AttentionRow.softmaxBackward(
            slopes.row(row), weights: weights.row(row), count: row + 1, total: length, scale: scale)
        }
        PackedWeights.pack(part.keys, into: keys)
        PackedProduct.multiply(
          slopes.view, PackedWeights(keys, inputs: length, outputs: headWidth), into: target.columns(columns(head)))
        GradientProduct.add(slopes.view, outputGradients: part.queries, to: target.columns(columns(head, part: 1)))
      }
    }
  }

  /// The columns of a head in queries (part 0), keys (1) or values (2).
  private func columns(_ head: Int, part: Int = 0) -> Range<Int> {
    let first = part * width + head * headWidth
    return first..<first + headWidth
  }

  private func parts(_ x: Matrix, head: Int) -> (queries: Matrix, keys: Matrix, values: Matrix) {
    (x.columns(columns(head)), x.columns(columns(head, part: 1)), x.columns(columns(head, part: 2)))
  }
}
