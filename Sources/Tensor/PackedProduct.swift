/// Products with weights that are packed once and used often: dense layers, recurrent steps and convolutions.
///
/// Faster than OpenBLAS, which packs its operands in every call, most of all for few rows. The sum of each output runs over
/// the inputs in the same order for all shapes: the bits of a row do not depend on the number of rows.
public enum PackedProduct {
  /// Number of rows in a block, so that the rows and a panel of weights stay in the second-level cache.
  static let blockRows = 64

  /// y = x W (+ bias), or y += x W (+ bias) if `accumulate`; then y = elu(y) if `elu`.
  ///
  /// - Parameters:
  ///   - x: [rows, inputs], not transposed.
  ///   - bias: [outputs], or nil for none.
  ///   - y: [rows, outputs].
  @inline(never)
  public static func multiply(
    _ x: Matrix, _ weights: PackedWeights, bias: UnsafePointer<Float>? = nil, into y: MutableMatrix,
    accumulate: Bool = false, elu: Bool = false
  ) {
    precondition(!x.isTransposed && x.columns == weights.inputs, "inner dimensions of the product differ")
    precondition(x.rows == y.rows && y.columns == weights.outputs, "outer dimensions of the product differ")
    multiply(
      x.pointer, rows: RowGrid(count: x.rows, stride: x.stride), segments: RowSegments(length: x.columns), weights,
      bias: bias, into: y.pointer, rows: RowGrid(count: y.rows, stride: y.stride), accumulate: accumulate, elu: elu)
  }

  /// The same product with rows in a grid that consist of several runs. If the rows of x begin at the top left of their
  /// windows, this is a direct convolution.
  ///
  /// - Parameters:
  ///   - inputRows: the places of the rows of x, relative to `x`.
  ///   - segments: the layout of each row, with as many floats as W has inputs.
  ///   - outputRows: the places of the rows of y, relative to `y`; as many as `inputRows`.
  @inline(never)
  public static func multiply(
    _ x: UnsafePointer<Float>, rows inputRows: RowGrid, segments: RowSegments, _ weights: PackedWeights,
    bias: UnsafePointer<Float>? = nil, into y: UnsafeMutablePointer<Float>, rows outputRows: RowGrid,
    accumulate: Bool = false, elu: Bool = false
  ) {
    precondition(segments.total == weights.inputs, "inner dimensions of the product differ")
    precondition(inputRows.count == outputRows.count, "outer dimensions of the product differ")
    let count = inputRows.count
    var block = ProductBlock(x, y, segments: segments, weights, bias: bias, accumulate: accumulate, elu: elu)
    for first in stride(from: 0, to: count, by: blockRows) {
      let range = first..<min(first + blockRows, count)
      inputRows.forEachOffset(in: range) { block.inputs[$0] = x + $1 }
      outputRows.forEachOffset(in: range) { block.outputs[$0] = y + $1 }
      block.multiply(rows: range.count)
    }
  }

  /// The same product with a pointer to each row, so that rows can be anywhere in memory.
  ///
  /// - Parameters:
  ///   - x: pointers to the beginnings of the rows, as many as y has rows.
  ///   - y: [rows, outputs].
  @inline(never)
  public static func multiply(
    _ x: UnsafePointer<UnsafePointer<Float>>, segments: RowSegments, _ weights: PackedWeights,
    bias: UnsafePointer<Float>? = nil, into y: MutableMatrix, accumulate: Bool = false, elu: Bool = false
  ) {
    precondition(segments.total == weights.inputs, "inner dimensions of the product differ")
    precondition(y.columns == weights.outputs, "outer dimensions of the product differ")
    guard y.rows > 0 else { return }
    var block = ProductBlock(x[0], y.pointer, segments: segments, weights, bias: bias, accumulate: accumulate, elu: elu)
    for first in stride(from: 0, to: y.rows, by: blockRows) {
      let rows = min(blockRows, y.rows - first)
      for row in 0..<rows {
        block.inputs[row] = x[first + row]
        block.outputs[row] = y.row(first + row)
      }
      block.multiply(rows: rows)
    }
  }
}
