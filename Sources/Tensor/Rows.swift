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
      Lanes.forEach(x.columns) { i, remaining in
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
      Lanes.forEach(x.columns) { i, remaining in
        let v = Lanes.load(values + i, remaining: remaining)
        Lanes.store(Lanes.elu(v), to: values + i, remaining: remaining)
      }
    }
  }

  /// gradients *= elu'(x), in place, from outputs = elu(x): the derivative is 1 where x > 0, else output + 1.
  @inline(never)
  public static func multiplyByELUDerivative(_ gradients: MutableMatrix, outputs: Matrix) {
    for row in 0..<gradients.rows {
      let g = gradients.row(row)
      let y = outputs.row(row)
      Lanes.forEach(gradients.columns) { i, remaining in
        let output = Lanes.load(y + i, remaining: remaining)
        let derivative = (output + 1).replacing(with: 1, where: output .> 0)
        Lanes.store(Lanes.load(g + i, remaining: remaining) * derivative, to: g + i, remaining: remaining)
      }
    }
  }
}
