import Glibc

/// Vectors of as many floats as the processor handles in one instruction; the build setting TENGU_VECTOR chooses the number.
/// All elementwise mathematics is written once, here, for full and partial vectors: the result of an element does not depend
/// on its position.
///
/// The code uses `replacing(with:where:)` instead of pointwise minimum and maximum, which the compiler turns into scalar code.
public enum Lanes {
  #if VECTOR_AVX512
    public typealias Vector = SIMD16<Float>
    /// The bit patterns of a `Vector`.
    public typealias Bits = SIMD16<UInt32>
    public static let width = 16
  #else
    public typealias Vector = SIMD8<Float>
    /// The bit patterns of a `Vector`.
    public typealias Bits = SIMD8<UInt32>
    public static let width = 8
  #endif

  /// The first `min(width, remaining)` floats at `pointer`; the other lanes are `fill`.
  @inlinable @inline(__always)
  public static func load(_ pointer: UnsafePointer<Float>, remaining: Int, fill: Float = 0) -> Vector {
    if remaining >= width {
      return UnsafeRawPointer(pointer).loadUnaligned(as: Vector.self)
    }
    #if VECTOR_AVX512
      let start = UnsafeRawPointer(pointer)
      if remaining & 8 != 0 {
        return Vector(
          lowHalf: start.loadUnaligned(as: SIMD8<Float>.self), highHalf: loadEight(pointer + 8, remaining & 7, fill))
      }
      return Vector(lowHalf: loadEight(pointer, remaining & 7, fill), highHalf: SIMD8(repeating: fill))
    #else
      return loadEight(pointer, remaining & 7, fill)
    #endif
  }

  /// The first `count` floats, 0...7, in halves: a vector assembled in memory would wait for each store.
  @inlinable @inline(__always)
  static func loadEight(_ pointer: UnsafePointer<Float>, _ count: Int, _ fill: Float) -> SIMD8<Float> {
    if count & 4 != 0 {
      let low = UnsafeRawPointer(pointer).loadUnaligned(as: SIMD4<Float>.self)
      return SIMD8(lowHalf: low, highHalf: loadFour(pointer + 4, count & 3, fill))
    }
    return SIMD8(lowHalf: loadFour(pointer, count, fill), highHalf: SIMD4(repeating: fill))
  }

  /// The first `count` floats, 0...3.
  @inlinable @inline(__always)
  static func loadFour(_ pointer: UnsafePointer<Float>, _ count: Int, _ fill: Float) -> SIMD4<Float> {
    switch count {
    case 0: SIMD4(repeating: fill)
    case 1: SIMD4(pointer[0], fill, fill, fill)
    case 2: SIMD4(pointer[0], pointer[1], fill, fill)
    default: SIMD4(pointer[0], pointer[1], pointer[2], fill)
    }
  }

  /// Writes the first `min(width, remaining)` lanes to `pointer`.
  @inlinable @inline(__always)
  public static func store(_ value: Vector, to pointer: UnsafeMutablePointer<Float>, remaining: Int) {
    if remaining >= width {
      UnsafeMutableRawPointer(pointer).storeBytes(of: value, as: Vector.self)
    } else {
      #if VECTOR_AVX512
        let hasLow = remaining & 8 != 0
        if hasLow { UnsafeMutableRawPointer(pointer).storeBytes(of: value.lowHalf, as: SIMD8<Float>.self) }
        store(eight: hasLow ? value.highHalf : value.lowHalf, to: pointer + (remaining & 8), remaining & 7)
      #else
        store(eight: value, to: pointer, remaining & 7)
      #endif
    }
  }

  /// Writes the first `count` lanes, 0...7.
  @inlinable @inline(__always)
  static func store(eight: SIMD8<Float>, to pointer: UnsafeMutablePointer<Float>, _ count: Int) {
    let hasLow = count & 4 != 0
    if hasLow { UnsafeMutableRawPointer(pointer).storeBytes(of: eight.lowHalf, as: SIMD4<Float>.self) }
    let four = hasLow ? eight.highHalf : eight.lowHalf
    let rest = pointer + (count & 4)
    if count & 3 > 0 { rest[0] = four[0] }
    if count & 3 > 1 { rest[1] = four[1] }
    if count & 3 > 2 { rest[2] = four[2] }
  }

  /// Copies `count` floats, fewer than a vector, in pieces of 8, 4, 2 and 1.
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

  /// Calls `body` for each vector of an array of `count` floats with the index of its first float and the number of floats
  /// from there on: `width` for whole vectors.
  ///
  /// The two calls of `body` are necessary: if one variable can hold a whole or a partial vector, the compiler splits both
  /// into elements (exponentials took ten times as long).
  @inlinable @inline(__always)
  public static func forEach(_ count: Int, _ body: (_ index: Int, _ remaining: Int) -> Void) {
    var index = 0
    while index &+ width <= count {
      body(index, width)
      index &+= width
    }
    if index < count { body(index, count &- index) }
  }

  /// a * b + c: with one rounding if the processor has an instruction for it, otherwise with two (a call of the mathematics
  /// library for each lane would be twenty times slower).
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
  /// Arguments are clamped to [-87, 88], so that 2^n is a normal number and results saturate instead of overflowing. NaN
  /// stays NaN. The polynomial was fitted by iteratively reweighted least squares; its error is 3.2e-9.
  @inlinable @inline(__always)
  static func exponentialParts(_ argument: Vector) -> (power: Vector, fraction: Vector) {
    var x = argument.replacing(with: 88, where: argument .> 88)
    x = x.replacing(with: -87, where: x .< -87)
    // Adding 1.5 * 2^23 rounds to the nearest integer, which the low bits then contain.
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

  /// e^x - 1, exact to a few units in the last place, also near zero.
  @inlinable @inline(__always)
  public static func exponentialMinusOne(_ x: Vector) -> Vector {
    let (power, fraction) = exponentialParts(x)
    return fused(power, fraction, power - 1)
  }

  /// The natural logarithm, exact to a unit in the last place. Zero and subnormal numbers give minus infinity, negative
  /// numbers NaN.
  ///
  /// x = 2^n m with m between the roots of 1/2 and 2; log m from the series in (m - 1) / (m + 1), with the
  /// coefficients of FreeBSD's logf.
  @inlinable @inline(__always)
  public static func logarithm(_ x: Vector) -> Vector {
    let bits = unsafeBitCast(x, to: Bits.self)
    let rootBits = Bits(repeating: 0x3F35_04F3)
    let biased = (bits &- rootBits &+ Bits(repeating: 127 << 23)) &>> 23
    // The bits of 2^23 with an integer below 2^23 in the low bits are the sum of both.
    let n = unsafeBitCast(biased | Bits(repeating: 0x4B00_0000), to: Vector.self) - 8_388_735
    let f = unsafeBitCast(bits &- ((biased &- Bits(repeating: 127)) &<< 23), to: Vector.self) - 1
    let s = f / (f + 2)
    let z = s * s
    let w = z * z
    let even = fused(w, Vector(repeating: 0.284_987_87), Vector(repeating: 0.666_666_63))
    let odd = fused(w, Vector(repeating: 0.242_790_79), Vector(repeating: 0.400_009_72))
    let half = 0.5 * f * f
    let series = fused(s, half + fused(z, even, w * odd), n * 9.058_000_6e-6)
    let result = fused(n, Vector(repeating: 0.693_138_12), series - half + f)
    let special = x.replacing(with: -.infinity, where: x .< Float.leastNormalMagnitude)
      .replacing(with: .nan, where: x .< 0)
    let isOrdinary = (x .>= Float.leastNormalMagnitude) .& (x .< .infinity)
    return special.replacing(with: result, where: isOrdinary)
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

  /// x if positive, otherwise e^x - 1 (Clevert, Unterthiner and Hochreiter 2016, alpha = 1).
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

  /// x clamped to [-limit, limit]; NaN stays NaN.
  @inlinable @inline(__always)
  public static func saturated(_ x: Vector, at limit: Float) -> Vector {
    let above = x.replacing(with: limit, where: x .> limit)
    return above.replacing(with: -limit, where: above .< -limit)
  }
}
