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
    // What is left in memory's own pieces: a vector put together of them would wait for each.
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
