/// 64-bit FNV-1a of a text (Fowler, Noll, Vo): the same in every process and session.
enum TextDigest {
  static func fnv1a(_ bytes: some Sequence<UInt8>) -> UInt64 {
    bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }
}
