/// Loops over contiguous floats. Sums run in a fixed order, so the same input gives the same bits.
///
/// Entry points are not inlined: the compiler builds them once, with this module's flags.
public enum Elementwise {
  /// y[i] = f(x[i]); x and y may be the same memory.
  @inline(__always)
  private static func map(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int, _ f: (Lanes.Vector) -> Lanes.Vector
  ) {
    Lanes.forEach(count) { i, remaining in
      Lanes.store(f(Lanes.load(x + i, remaining: remaining)), to: y + i, remaining: remaining)
    }
  }

  /// y = e^x, saturating at e^-87 and e^88. In place if x == y.
  @inline(never)
  public static func exponential(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
    map(x, into: y, count: count) { Lanes.exponential($0) }
  }

  /// y += scale x.
  @inline(never)
  public static func addScaled(
    _ scale: Float, _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int
  ) {
    let factor = Lanes.Vector(repeating: scale)
    Lanes.forEach(count) { i, remaining in
      let sum = Lanes.fused(factor, Lanes.load(x + i, remaining: remaining), Lanes.load(y + i, remaining: remaining))
      Lanes.store(sum, to: y + i, remaining: remaining)
    }
  }

  /// x *= scale.
  @inline(never)
  public static func multiply(_ x: UnsafeMutablePointer<Float>, by scale: Float, count: Int) {
    for i in 0..<count { x[i] *= scale }
  }

  /// The sum of x[i] y[i].
  @inline(never)
  public static func dot(_ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, count: Int) -> Float {
    var sums = Lanes.Vector.zero
    Lanes.forEach(count) { i, remaining in
      sums = Lanes.fused(Lanes.load(x + i, remaining: remaining), Lanes.load(y + i, remaining: remaining), sums)
    }
    return Lanes.sum(sums)
  }

  /// The sum of x[i]^2. Within blocks of 1024 the sum is in Float, over the blocks in Double, so that large vectors keep
  /// their precision.
  @inline(never)
  public static func sumOfSquares(_ x: UnsafePointer<Float>, count: Int) -> Double {
    let block = 1024
    var total = 0.0
    for start in stride(from: 0, to: count, by: block) {
      let end = min(start + block, count)
      var sums = Lanes.Vector.zero
      Lanes.forEach(end - start) { i, remaining in
        let v = Lanes.load(x + start + i, remaining: remaining)
        sums = Lanes.fused(v, v, sums)
      }
      total += Double(Lanes.sum(sums))
    }
    return total
  }
}
