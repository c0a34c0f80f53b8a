import Glibc

/// As many floats as the processor takes at a time: the build setting TENGU_VECTOR says how many. All elementwise
/// mathematics is written once, here, and used for full and partial vectors alike: an element's result does not depend
/// on where it lies.
///
/// `replacing(with:where:)` stands in for pointwise minimum and maximum, which the compiler turns into scalar code.
public enum Lanes {
  #if VECTOR_AVX512
    public typealias Vector = SIMD16<Float>
    /// As many bit patterns as `Vector` has floats.
    public typealias Bits = SIMD16<UInt32>
    public static let width = 16
  #else
    public typealias Vector = SIMD8<Float>
    /// As many bit patterns as `Vector` has floats.
    public typealias Bits = SIMD8<UInt32>
    public static let width = 8
  #endif

  /// The first `min(width, remaining)` floats at `pointer`; the other lanes are `fill`.
  @inlinable @inline(__always)
  public static func load(_ pointer: UnsafePointer<Float>, remaining: Int, fill: Float = 0) -> Vector {
    if remaining >= width {
      return UnsafeRawPointer(pointer).loadUnaligned(as: Vector.self)
    }
    var result = Vector(repeating: fill)
    withUnsafeMutableBytes(of: &result) { lanes in
      if let start = lanes.baseAddress { copy(UnsafeRawPointer(pointer), to: start, count: remaining) }
    }
    return result
  }

  /// Writes the first `min(width, remaining)` lanes to `pointer`.
  @inlinable @inline(__always)
  public static func store(_ value: Vector, to pointer: UnsafeMutablePointer<Float>, remaining: Int) {
    if remaining >= width {
      UnsafeMutableRawPointer(pointer).storeBytes(of: value, as: Vector.self)
    } else {
      withUnsafeBytes(of: value) { lanes in
        if let start = lanes.baseAddress { copy(start, to: UnsafeMutableRawPointer(pointer), count: remaining) }
      }
    }
  }

  /// Copies `count` floats, less than a vector of them, in pieces of 8, 4, 2 and 1.
  @inlinable @inline(__always)
  static func copy(_ source: UnsafeRawPointer, to destination: UnsafeMutableRawPointer, count: Int) {
    var offset = 0
    if count & 8 != 0 {
      destination.storeBytes(of: source.loadUnaligned(as: SIMD8<Float>.self), as: SIMD8<Float>.self)
      offset = 32
    }
    if count & 4 != 0 {
      let piece = (source + offset).loadUnaligned(as: SIMD4<Float>.self)
      (destination + offset).storeBytes(of: piece, as: SIMD4<Float>.self)
      offset += 16
    }
    if count & 2 != 0 {
      let piece = (source + offset).loadUnaligned(as: SIMD2<Float>.self)
      (destination + offset).storeBytes(of: piece, as: SIMD2<Float>.self)
      offset += 8
    }
    if count & 1 != 0 {
      (destination + offset).storeBytes(of: (source + offset).loadUnaligned(as: Float.self), as: Float.self)
    }
  }

  /// Calls `body` with the index of the first float of each vector of an array of `count`, and with how many floats are
  /// left from there: `width` for whole vectors.
  ///
  /// Two places call `body`, and have to: where a whole and a partial vector meet in one variable the compiler takes both
  /// apart (exponentials took ten times as long).
  @inlinable @inline(__always)
  public static func forEach(_ count: Int, _ body: (_ index: Int, _ remaining: Int) -> Void) {
    var index = 0
    while index &+ width <= count {
      body(index, width)
      index &+= width
    }
    if index < count { body(index, count &- index) }
  }

  /// a * b + c: with one rounding where the processor does that in one instruction, else with two (a call to the
  /// mathematics library for each lane would be twenty times slower).
  @inlinable @inline(__always)
  public static func fused(_ a: Vector, _ b: Vector, _ c: Vector) -> Vector {
    #if VECTOR_AVX512 || VECTOR_AVX2 || arch(arm64)
      return c.addingProduct(a, b)
    #else
      return a * b + c
    #endif
  }

  /// Splits x into n ln 2 + r with |r| <= ln 2 / 2; returns 2^n and e^r - 1.
  ///
  /// Arguments are kept in [-87, 88], so 2^n is a normal number and results saturate instead of overflowing. NaN stays
  /// NaN. The polynomial was fitted by iteratively reweighted least squares; its error is 3.2e-9.
  @inlinable @inline(__always)
  static func exponentialParts(_ argument: Vector) -> (power: Vector, fraction: Vector) {
    var x = argument.replacing(with: 88, where: argument .> 88)
    x = x.replacing(with: -87, where: x .< -87)
    // Adding 1.5 * 2^23 rounds to the nearest integer, which is then read from the low bits.
    let magic = Vector(repeating: 12_582_912)
    let shifted = fused(x, Vector(repeating: 1.442_695_04), magic)
    let n = shifted - magic
    // ln 2 in two parts, the first with few enough bits that n times it is exact.
    var r = fused(n, Vector(repeating: -0.693_359_375), x)
    r = fused(n, Vector(repeating: 2.121_944_4e-4), r)
    var q = fused(r, Vector(repeating: 0.001_395_060_2), Vector(repeating: 0.008_368_953))
    q = fused(q, r, Vector(repeating: 0.041_666_206))
    q = fused(q, r, Vector(repeating: 0.166_665_18))
    q = fused(q, r, Vector(repeating: 0.5))
    let bits = unsafeBitCast(shifted, to: Bits.self)
    let power = unsafeBitCast((bits &<< 23) &+ Bits(repeating: 127 << 23), to: Vector.self)
    return (power, fused(q, r * r, r))
  }

  /// e^x; saturates at e^-87 and e^88.
  @inlinable @inline(__always)
  public static func exponential(_ x: Vector) -> Vector {
    let (power, fraction) = exponentialParts(x)
    return fused(power, fraction, power)
  }

  /// e^x - 1, exact to a few units in the last place near zero too.
  @inlinable @inline(__always)
  public static func exponentialMinusOne(_ x: Vector) -> Vector {
    let (power, fraction) = exponentialParts(x)
    return fused(power, fraction, power - 1)
  }

  /// 1 / (1 + e^-x).
  @inlinable @inline(__always)
  public static func sigmoid(_ x: Vector) -> Vector { 1 / (1 + exponential(-x)) }

  /// (e^2x - 1) / (e^2x + 1), from e^2x - 1 so that small arguments keep their precision.
  @inlinable @inline(__always)
  public static func tanh(_ x: Vector) -> Vector {
    let m = exponentialMinusOne(saturated(x + x, at: 40))
    return m / (m + 2)
  }

  /// x where positive, e^x - 1 elsewhere (Clevert, Unterthiner, Hochreiter 2016, alpha = 1).
  @inlinable @inline(__always)
  public static func elu(_ x: Vector) -> Vector {
    exponentialMinusOne(x).replacing(with: x, where: x .> 0)
  }

  /// The sum of all lanes, by halves.
  @inlinable @inline(__always)
  public static func sum(_ x: Vector) -> Float {
    #if VECTOR_AVX512
      let eight = x.lowHalf + x.highHalf
    #else
      let eight = x
    #endif
    let four = eight.lowHalf + eight.highHalf
    let two = four.lowHalf + four.highHalf
    return two[0] + two[1]
  }

  /// x kept in [-limit, limit]; NaN stays NaN.
  @inlinable @inline(__always)
  public static func saturated(_ x: Vector, at limit: Float) -> Vector {
    let above = x.replacing(with: limit, where: x .> limit)
    return above.replacing(with: -limit, where: above .< -limit)
  }
}
