import Glibc
import NeuralNetwork
import Tensor

/// Attention of each position to itself and the earlier ones (Vaswani et al. 2017), for whole texts.
///
/// The keys and values of a text are packed once for each head, so that scores and sums are packed products. Products leave
/// out most of what lies above the diagonal, block by block: adding those zeros would change no bit. It has no parameters:
/// the layers around it make queries, keys and values.
struct CausalAttention: Sendable {
  /// Columns of one panel of packed weights, and rows of a block: the first columns of packed weights are packed weights too,
  /// if they are whole panels.
  private static let blockRows = 2 * Lanes.width

  let heads: Int
  let headWidth: Int

  var width: Int { heads * headWidth }
  private var scale: Float { 1 / sqrtf(Float(headWidth)) }
  /// Floats of a head in whole vectors, which products for gradients are made for.
  private var paddedWidth: Int { (headWidth + Lanes.width - 1) / Lanes.width * Lanes.width }

  /// Floats of scratch memory for texts of up to `length` tokens.
  func scratchCount(length: Int) -> Int {
    2 * PackedWeights.floatCount(inputs: headWidth, outputs: length)
      + 2 * PackedWeights.floatCount(inputs: length, outputs: headWidth) + length * length + 2 * length * paddedWidth
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
        multiplyBelowDiagonal(part.queries, keys, into: weights)
        for row in 0..<length {
          AttentionRow.softmax(weights.row(row), count: row + 1, total: length, scale: scale)
        }
        multiplyLowerTriangle(weights.view, values, into: y.rows(rows).columns(columns(head)))
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
    let keys = scratch
    let values = keys + PackedWeights.floatCount(inputs: length, outputs: headWidth)
    let slopes = MutableMatrix(
      values + PackedWeights.floatCount(inputs: headWidth, outputs: length), rows: length, columns: length)
    let padded = slopes.pointer + length * length
    for text in 0..<x.rows / length {
      let rows = text * length..<(text + 1) * length
      for head in 0..<heads {
        let part = parts(x.rows(rows), head: head)
        let target = inputGradients.rows(rows)
        let weights = Matrix(shares + (text * heads + head) * length * length, rows: length, columns: length)
        let outputs = outputGradients.rows(rows).columns(columns(head))
        writeColumnGradients(weights, outputs, into: target.columns(columns(head, part: 2)), scratch: padded)
        PackedWeights.pack(part.values.transposed, into: values)
        multiplyBelowDiagonal(outputs, values, into: slopes)
        for row in 0..<length {
          AttentionRow.softmaxBackward(
            slopes.row(row), weights: weights.row(row), count: row + 1, total: length, scale: scale)
        }
        PackedWeights.pack(part.keys, into: keys)
        multiplyLowerTriangle(slopes.view, keys, into: target.columns(columns(head)))
        writeColumnGradients(slopes.view, part.queries, into: target.columns(columns(head, part: 1)), scratch: padded)
      }
    }
  }

  /// y = x W up to the diagonal; what is above it in y is not defined.
  /// - Parameters:
  ///   - x: [length, headWidth]
  ///   - weights: packed [headWidth, length].
  ///   - y: [length, length]
  private func multiplyBelowDiagonal(_ x: Matrix, _ weights: UnsafePointer<Float>, into y: MutableMatrix) {
    for first in stride(from: 0, to: x.rows, by: Self.blockRows) {
      let end = min(first + Self.blockRows, x.rows)
      PackedProduct.multiply(
        x.rows(first..<end), PackedWeights(weights, inputs: headWidth, outputs: end),
        into: y.rows(first..<end).columns(0..<end))
    }
  }

  /// y = x W, where x is zero above the diagonal.
  /// - Parameters:
  ///   - x: [length, length]
  ///   - weights: packed [length, headWidth].
  ///   - y: [length, headWidth]
  private func multiplyLowerTriangle(_ x: Matrix, _ weights: UnsafePointer<Float>, into y: MutableMatrix) {
    let panel = Self.blockRows
    for column in stride(from: 0, to: headWidth, by: panel) {
      let columns = column..<min(column + panel, headWidth)
      for first in stride(from: 0, to: x.rows, by: Self.blockRows) {
        let end = min(first + Self.blockRows, x.rows)
        // In one panel the first inputs come first.
        PackedProduct.multiply(
          x.rows(first..<end).columns(0..<end),
          PackedWeights(weights + column * x.rows, inputs: end, outputs: columns.count),
          into: y.rows(first..<end).columns(columns))
      }
    }
  }

  /// y = x^T z, where x is zero above the diagonal.
  /// - Parameters:
  ///   - x: [length, length]
  ///   - z: [length, headWidth]
  ///   - y: [length, headWidth]
  ///   - scratch: two times [length, paddedWidth], overwritten.
  private func writeColumnGradients(
    _ x: Matrix, _ z: Matrix, into y: MutableMatrix, scratch: UnsafeMutablePointer<Float>
  ) {
    let length = x.rows
    let factors = MutableMatrix(scratch, rows: length, columns: paddedWidth)
    let sums = MutableMatrix(scratch + length * paddedWidth, rows: length, columns: paddedWidth)
    sums.pointer.update(repeating: 0, count: length * paddedWidth)
    for row in 0..<length {
      Rows.copy(z.row(row), to: factors.row(row), count: headWidth)
      (factors.row(row) + headWidth).update(repeating: 0, count: paddedWidth - headWidth)
    }
    for first in stride(from: 0, to: length, by: Lanes.width) {
      let columns = first..<min(first + Lanes.width, length)
      GradientProduct.add(
        x.rows(first..<length).columns(columns), outputGradients: factors.rows(first..<length).view,
        to: sums.rows(columns))
    }
    for row in 0..<length { Rows.copy(sums.row(row), to: y.row(row), count: headWidth) }
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
