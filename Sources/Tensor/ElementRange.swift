/// Finds the elements of an array that lie outside a range.
///
/// It is for arrays from other processes, of which nearly all have no such element: one pass without branches, which the
/// compiler vectorises, finds whether there is one, and only then a second pass looks for its place.
public enum ElementRange {
  /// The index of the first float whose magnitude is above `bound`; NaN is above every bound. Nil if there is none.
  /// - Parameter bound: finite and not negative.
  @inlinable
  public static func firstBeyond(_ bound: Float, _ x: UnsafePointer<Float>, count: Int) -> Int? {
    // Without their signs, bit patterns are ordered like magnitudes, and those of infinity and NaN come last.
    let limit = bound.bitPattern
    var largest: UInt32 = 0
    for index in 0..<count { largest = max(largest, x[index].bitPattern & 0x7FFF_FFFF) }
    if largest <= limit { return nil }
    return (0..<count).first { x[$0].bitPattern & 0x7FFF_FFFF > limit }
  }

  /// The index of the first float that is infinite or NaN; nil if there is none.
  @inlinable
  public static func firstNotFinite(_ x: UnsafePointer<Float>, count: Int) -> Int? {
    firstBeyond(.greatestFiniteMagnitude, x, count: count)
  }

  /// The index of the first integer that is negative or above `maximum`; nil if there is none.
  /// - Parameter maximum: not negative.
  @inlinable
  public static func firstOutside<Element: FixedWidthInteger & BitwiseCopyable>(
    upTo maximum: Element, _ x: UnsafePointer<Element>, count: Int
  ) -> Int? {
    // As unsigned numbers the negative ones are the largest.
    let limit = Element.Magnitude(truncatingIfNeeded: maximum)
    var largest: Element.Magnitude = 0
    for index in 0..<count { largest = max(largest, Element.Magnitude(truncatingIfNeeded: x[index])) }
    if largest <= limit { return nil }
    return (0..<count).first { Element.Magnitude(truncatingIfNeeded: x[$0]) > limit }
  }
}
