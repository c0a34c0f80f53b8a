/// Products with weights packed once and used often: dense layers, recurrent steps and convolutions.
///
/// Faster than OpenBLAS, which packs its operands in every call, above all for few rows. The sum of each output runs
/// over the inputs in one order, whatever the shape: a row's bits do not depend on how many rows come with it.
public enum PackedProduct {
  /// Rows worked on at a time, so that they and a panel of weights stay in the second-level cache.
  static let blockRows = 64

  /// y = x W (+ bias), or y += x W (+ bias) when `accumulate`; then y = elu(y) when `elu`.
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

  /// The same with rows that lie in a grid and consist of several runs: a direct convolution, if x rows begin at the
  /// top left of their windows.
  ///
  /// - Parameters:
  ///   - inputRows: where the rows of x begin, from `x`.
  ///   - segments: how each row lies from there; as many floats as W has inputs.
  ///   - outputRows: where the rows of y begin, from `y`; as many as `inputRows`.
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

  /// The same with a pointer to each row: rows anywhere in memory.
  ///
  /// - Parameters:
  ///   - x: `count` pointers to where the rows begin.
  ///   - y: [count, outputs].
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
