/// Numbers that scripts/golden computes alike from a name, so that golden files need not hold them.
public enum GoldenNumbers {
  /// `count` 32-bit integers that belong to `name`: its 32-bit FNV-1a hash, counted up and mixed (Wellons's lowbias32).
  private static func words(_ name: String, _ count: Int) -> [UInt32] {
    var first: UInt32 = 2_166_136_261
    for byte in name.utf8 { first = (first ^ UInt32(byte)) &* 16_777_619 }
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
