import Runtime
import Tensor

/// Numbers that the programs in scripts/golden compute from a name in the same way, so that golden files need not contain
/// them.
public enum GoldenNumbers {
  /// `count` 32-bit integers of `name`: consecutive numbers from its 32-bit FNV-1a hash on, mixed by Wellons's lowbias32.
  private static func words(_ name: String, _ count: Int) -> [UInt32] {
    let first = FNV32(name.utf8).value
    return (0..<count).map { index in
      var x = first &+ UInt32(index)
      x = (x ^ (x >> 16)) &* 0x7FEB_352D
      x = (x ^ (x >> 15)) &* 0x846C_A68B
      return x ^ (x >> 16)
    }
  }

  /// Integers in `range`.
  public static func integers(_ name: String, _ count: Int, in range: Range<Int>) -> [Int] {
    words(name, count).map { range.lowerBound + Int($0) % range.count }
  }

  /// Numbers in [-scale, scale).
  public static func floats(_ name: String, _ count: Int, scale: Float) -> [Float] {
    words(name, count).map { (Float($0 >> 8) * 0x1p-23 - 1) * scale }
  }
}

extension RandomGenerator {
  /// `count` numbers uniform in [-scale, scale).
  public mutating func values(_ count: Int, scale: Float = 1) -> [Float] {
    (0..<count).map { _ in (2 * uniform() - 1) * scale }
  }
}

extension Array where Element == Float {
  /// The same numbers in Float64, for a reference computation.
  public var doubles: [Double] { map(Double.init) }
}

extension FloatBuffer {
  /// A buffer with these elements.
  public convenience init(_ values: [Float]) {
    self.init(count: values.count)
    for (index, value) in values.enumerated() { pointer[index] = value }
  }

  public var array: [Float] { Array(elements) }
}
