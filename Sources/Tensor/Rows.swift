import Glibc

/// Loops over the rows of a matrix. Sums run from the first row to the last, so the same input gives the same bits.
public enum Rows {
  /// Writes `bias` [columns] into every row: what a product then accumulates onto.
  @inline(never)
  public static func fill(_ x: MutableMatrix, with bias: UnsafePointer<Float>) {
    for row in 0..<x.rows { x.row(row).update(from: bias, count: x.columns) }
  }

  /// Adds `bias` [columns] to every row.
  @inline(never)
  public static func add(_ bias: UnsafePointer<Float>, to x: MutableMatrix) {
    for row in 0..<x.rows {
      let values = x.row(row)
      for column in 0..<x.columns { values[column] += bias[column] }
    }
  }

  /// sums [columns] += the sum over the rows of x.
  @inline(never)
  public static func addColumnSums(of x: Matrix, to sums: UnsafeMutablePointer<Float>) {
    for row in 0..<x.rows {
      let values = x.row(row)
      for column in 0..<x.columns { sums[column] += values[column] }
    }
  }

  /// x = elu(x + bias), in place: the pass after a product.
  @inline(never)
  public static func addBiasAndELU(_ bias: UnsafePointer<Float>, to x: MutableMatrix) {
    for row in 0..<x.rows {
      let values = x.row(row)
      for i in stride(from: 0, to: x.columns, by: Lanes.width) {
        let remaining = x.columns - i
        let sum = Lanes.load(values + i, remaining: remaining) + Lanes.load(bias + i, remaining: remaining)
        Lanes.store(Lanes.elu(sum), to: values + i, remaining: remaining)
      }
    }
  }

  /// x = elu(x), in place.
  @inline(never)
  public static func elu(_ x: MutableMatrix) {
    for row in 0..<x.rows {
      let values = x.row(row)
      for i in stride(from: 0, to: x.columns, by: Lanes.width) {
        let v = Lanes.load(values + i, remaining: x.columns - i)
        Lanes.store(Lanes.elu(v), to: values + i, remaining: x.columns - i)
      }
    }
  }

  /// gradients *= elu'(x), in place, from outputs = elu(x): the derivative is 1 where x > 0, else output + 1.
  @inline(never)
  public static func multiplyByELUDerivative(_ gradients: MutableMatrix, outputs: Matrix) {
    for row in 0..<gradients.rows {
      let g = gradients.row(row)
      let y = outputs.row(row)
      for i in stride(from: 0, to: gradients.columns, by: Lanes.width) {
        let remaining = gradients.columns - i
        let output = Lanes.load(y + i, remaining: remaining)
        let derivative = (output + 1).replacing(with: 1, where: output .> 0)
        Lanes.store(Lanes.load(g + i, remaining: remaining) * derivative, to: g + i, remaining: remaining)
      }
    }
  }

  /// y [count] = log softmax(x [count]); x and y may be the same memory. Returns the log of the normaliser.
  @inline(never) @discardableResult
  public static func logSoftmax(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int
  ) -> Float {
    let largest = maximum(x, count: count)
    var sums = Lanes.Vector.zero
    for i in stride(from: 0, to: count, by: Lanes.width) {
      let v = Lanes.load(x + i, remaining: count - i, fill: -.infinity)
      // Absent lanes (and logits of minus infinity) must add nothing, and the exponential saturates above zero.
      sums += Lanes.exponential(v - largest).replacing(with: 0, where: v .== -.infinity)
    }
    let normaliser = largest + logf(sums.sum())
    for i in 0..<count { y[i] = x[i] - normaliser }
    return normaliser
  }

  /// y [count] = softmax(x [count]); x and y may be the same memory.
  @inline(never)
  public static func softmax(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
    let largest = maximum(x, count: count)
    var sums = Lanes.Vector.zero
    for i in stride(from: 0, to: count, by: Lanes.width) {
      let v = Lanes.load(x + i, remaining: count - i, fill: -.infinity)
      let e = Lanes.exponential(v - largest).replacing(with: 0, where: v .== -.infinity)
      sums += e
      Lanes.store(e, to: y + i, remaining: count - i)
    }
    Elementwise.multiply(y, by: 1 / sums.sum(), count: count)
  }

  /// The largest of x [count], count > 0; NaN if the first element is NaN.
  @inline(__always)
  private static func maximum(_ x: UnsafePointer<Float>, count: Int) -> Float {
    var largest = x[0]
    for i in 1..<max(count, 1) where x[i] > largest { largest = x[i] }
    return largest
  }
}
