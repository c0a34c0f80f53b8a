/// Loops over the rows of a matrix. Sums run from the first row to the last, so the same input gives the same bits.
public enum Rows {
  /// sums [columns] += the sum over the rows of x.
  @inline(never)
  public static func addColumnSums(of x: Matrix, to sums: UnsafeMutablePointer<Float>) {
    for row in 0..<x.rows {
      let values = x.row(row)
      for column in 0..<x.columns { sums[column] += values[column] }
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

  /// x = max(x, 0), in place. NaN stays NaN.
  @inline(never)
  public static func relu(_ x: MutableMatrix) {
    for row in 0..<x.rows {
      let values = x.row(row)
      Lanes.forEach(x.columns) { i, remaining in
        let v = Lanes.load(values + i, remaining: remaining)
        Lanes.store(v.replacing(with: 0, where: v .<= 0), to: values + i, remaining: remaining)
      }
    }
  }

  /// gradients *= relu'(x), in place, from outputs = relu(x): the derivative is 1 where x > 0, else 0.
  @inline(never)
  public static func multiplyByReLUDerivative(_ gradients: MutableMatrix, outputs: Matrix) {
    for row in 0..<gradients.rows {
      let g = gradients.row(row)
      let y = outputs.row(row)
      Lanes.forEach(gradients.columns) { i, remaining in
        let output = Lanes.load(y + i, remaining: remaining)
        let gradient = Lanes.load(g + i, remaining: remaining)
        Lanes.store(gradient.replacing(with: 0, where: output .<= 0), to: g + i, remaining: remaining)
      }
    }
  }
}
