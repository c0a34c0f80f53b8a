/// The cyclic redundancy check that TensorBoard's records carry: polynomial 0x1EDC6F41 (Castagnoli et al. 1993), bits
/// reversed, as in RFC 3720, appendix B.4.
enum CRC32C {
  /// The checksum of one byte after the checksum of nothing, for each byte.
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0x82F6_3B78 : sum >> 1 }
  }

  static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { sum, byte in table[Int(truncatingIfNeeded: sum ^ UInt32(byte)) & 0xFF] ^ sum >> 8 }
  }

  /// The checksum as a record stores it: rotated and shifted by a constant, so that a checksum of data that contains
  /// checksums stays useful.
  static func masked(_ bytes: some Sequence<UInt8>) -> UInt32 {
    let sum = checksum(bytes)
    return (sum >> 15 | sum << 17) &+ 0xA282_EAD8
  }
}
