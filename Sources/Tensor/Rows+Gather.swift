extension Rows {
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

  /// destination [count] = source [count]. Short rows: a call to memcpy would cost more than the copy.
  @inlinable @inline(__always)
  public static func copy(_ source: UnsafePointer<Float>, to destination: UnsafeMutablePointer<Float>, count: Int) {
    for i in stride(from: 0, to: count, by: Lanes.width) {
      Lanes.store(Lanes.load(source + i, remaining: count - i), to: destination + i, remaining: count - i)
    }
  }

  /// destination [count] += source [count], for short rows.
  @inlinable @inline(__always)
  public static func add(_ source: UnsafePointer<Float>, to destination: UnsafeMutablePointer<Float>, count: Int) {
    for i in stride(from: 0, to: count, by: Lanes.width) {
      let remaining = count - i
      let sum = Lanes.load(destination + i, remaining: remaining) + Lanes.load(source + i, remaining: remaining)
      Lanes.store(sum, to: destination + i, remaining: remaining)
    }
  }
}
