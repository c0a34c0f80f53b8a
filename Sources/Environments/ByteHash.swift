/// The two hashes of this module.
public enum ByteHash {
  /// Folded multiplication, eight bytes a round: the hash of tables in memory. It may change between versions.
  public static func fast(_ bytes: UnsafeBufferPointer<UInt8>, seed: UInt64) -> UInt64 {
    var state = seed ^ (UInt64(truncatingIfNeeded: bytes.count) &* 0xA076_1D64_78BD_642F)
    let raw = UnsafeRawBufferPointer(bytes)
    var position = 0
    while position + 8 <= raw.count {
      state = fold(state ^ UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: position, as: UInt64.self)))
      position += 8
    }
    var tail: UInt64 = 0
    while position < raw.count {
      tail = (tail << 8) | UInt64(raw[position])
      position += 1
    }
    return fold(fold(state ^ tail) ^ 0xE703_7ED1_A0B4_28DB)
  }

  /// FNV-1a, 64 bits (Fowler, Noll, Vo): the digest of what is written to disk. It never changes.
  public static func fnv1a(_ bytes: some Sequence<UInt8>, continuing digest: UInt64 = 0xCBF2_9CE4_8422_2325) -> UInt64 {
    var digest = digest
    for byte in bytes { digest = (digest ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return digest
  }

  private static func fold(_ word: UInt64) -> UInt64 {
    let product = word.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
    return product.high ^ product.low
  }
}
