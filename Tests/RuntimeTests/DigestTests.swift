import Runtime
import Testing

@Suite struct DigestTests {
  @Test func fnvMatchesThePublishedVectors() {
    #expect(ByteHash.fnv1a([]) == 0xCBF2_9CE4_8422_2325)
    #expect(ByteHash.fnv1a(Array("a".utf8)) == 0xAF63_DC4C_8601_EC8C)
    #expect(ByteHash.fnv1a(Array("foobar".utf8)) == 0x8594_4171_F739_67E8)
    #expect(ByteHash.fnv1a("bar".utf8, continuing: ByteHash.fnv1a("foo".utf8)) == 0x8594_4171_F739_67E8)
    #expect(FNV32("".utf8).value == 0x811C_9DC5)
    #expect(FNV32("a".utf8).value == 0xE40C_292C)
    #expect(FNV32("foobar".utf8).value == 0xBF9C_F968)
  }

  @Test func sha256MatchesThePublishedVectors() {
    #expect(
      SHA256.hexadecimal(of: "") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(
      SHA256.hexadecimal(of: "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }

  @Test func hashesDifferInEveryByteAndLength() {
    func hash(_ text: [UInt8]) -> UInt64 { text.withUnsafeBufferPointer { ByteHash.fast($0, seed: 1) } }
    for length in 1...40 {
      let base = [UInt8](repeating: 7, count: length)
      #expect(hash(base) != hash(base + [7]) && hash(base) != hash(base + [0]))
      for place in 0..<length {
        var other = base
        other[place] ^= 1
        #expect(hash(base) != hash(other))
      }
    }
  }
}
