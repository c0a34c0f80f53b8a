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

  /// destination [count, width] = table[indices]. Indices must be rows of the table.
  @inline(never)
  public static func gather(
    _ table: UnsafePointer<Float>, width: Int, indices: UnsafePointer<Int32>, count: Int,
    into destination: UnsafeMutablePointer<Float>
  ) {
    for i in 0..<count { copy(table + Int(indices[i]) * width, to: destination + i * width, count: width) }
  }

  /// table[indices] += source [count, width], in the order of the indices. Indices must be rows of the table.
  @inline(never)
  public static func scatterAdd(
    _ source: UnsafePointer<Float>, width: Int, indices: UnsafePointer<Int32>, count: Int,
    to table: UnsafeMutablePointer<Float>
  ) {
    for i in 0..<count { add(source + i * width, to: table + Int(indices[i]) * width, count: width) }
  }

  /// destination [count] = source [count], for short rows, where a call of memcpy would take longer than the copy.
  @inlinable @inline(__always)
  public static func copy(_ source: UnsafePointer<Float>, to destination: UnsafeMutablePointer<Float>, count: Int) {
    var index = 0
    while index &+ Lanes.width <= count {
      Lanes.store(
        Lanes.load(source + index, remaining: Lanes.width), to: destination + index, remaining: Lanes.width)
      index &+= Lanes.width
    }
    Lanes.copy(
      UnsafeRawPointer(source + index), to: UnsafeMutableRawPointer(destination + index), count: count &- index)
  }

  /// destination [count] += source [count], for short rows.
  @inlinable @inline(__always)
  public static func add(_ source: UnsafePointer<Float>, to destination: UnsafeMutablePointer<Float>, count: Int) {
    var index = 0
    while index &+ Lanes.width <= count {
      let sum =
        Lanes.load(destination + index, remaining: Lanes.width) + Lanes.load(source + index, remaining: Lanes.width)
      Lanes.store(sum, to: destination + index, remaining: Lanes.width)
      index &+= Lanes.width
    }
    // The rest in smaller pieces: a vector assembled from them would wait for each.
    while index &+ 4 <= count {
      let sum =
        UnsafeRawPointer(destination + index).loadUnaligned(as: SIMD4<Float>.self)
        + UnsafeRawPointer(source + index).loadUnaligned(as: SIMD4<Float>.self)
      UnsafeMutableRawPointer(destination + index).storeBytes(of: sum, as: SIMD4<Float>.self)
      index &+= 4
    }
    while index < count {
      destination[index] += source[index]
      index &+= 1
    }
  }
}
