import CSodium

/// Hashes of bytes that are not cryptographic.
public enum ByteHash {
  /// The hash for tables in memory: folded multiplication, eight bytes per round. It may change between versions.
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

  /// 64-bit FNV-1a (Fowler, Noll, Vo): the digest in files. It never changes.
  /// - Parameter digest: the digest of the bytes before these; by default there are none.
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

/// 32-bit FNV-1a (Fowler, Noll, Vo), byte by byte.
public struct FNV32: Sendable {
  /// The hash of the bytes so far.
  public var value: UInt32 = 2_166_136_261

  @inlinable public init() {}

  @inlinable public init(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { add(byte) }
  }

  @inlinable public mutating func add(_ byte: UInt8) { value = (value ^ UInt32(byte)) &* 16_777_619 }

  /// The two halves combined by XOR, as the authors recommend for tables smaller than 2^32: the low bits of `value` alone
  /// depend on too few bits of the input.
  @inlinable public var folded: UInt32 { value ^ (value >> 16) }
}

/// SHA-256 (FIPS 180-4).
public enum SHA256 {
  /// The digest in lower-case hexadecimal.
  public static func hexadecimal(of bytes: [UInt8]) -> String {
    var digest = [UInt8](repeating: 0, count: Int(crypto_hash_sha256_BYTES))
    crypto_hash_sha256(&digest, bytes, UInt64(bytes.count))
    return digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// The digest of a text's UTF-8 bytes in lower-case hexadecimal.
  public static func hexadecimal(of text: String) -> String { hexadecimal(of: Array(text.utf8)) }
}
