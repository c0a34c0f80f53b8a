import Testing

@testable import Environments

struct CaptionTableTests {
  @Test func findsEveryCaptionAfterGrowthAndAcrossChunks() {
    // 9,000 captions of 200 bytes fill more than one arena chunk and grow the index four times.
    var table = CaptionTable()
    let captions = (0..<9_000).map { number in
      Array("\(number)".utf8) + [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 200)
    }
    for (index, caption) in captions.enumerated() {
      let interned = caption.withUnsafeBufferPointer { table.intern($0, limit: 10_000) }
      #expect(interned?.id == UInt32(index + 1) && interned?.isNew == true)
    }
    for (index, caption) in captions.enumerated() {
      #expect(caption.withUnsafeBufferPointer { table.find($0) } == UInt32(index + 1))
      #expect(table.withBytes(of: UInt32(index + 1)) { Array($0) } == caption)
    }
    #expect(Array("missing".utf8).withUnsafeBufferPointer { table.find($0) } == nil)
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

  @Test func fnvMatchesThePublishedVectors() {
    #expect(ByteHash.fnv1a([]) == 0xCBF2_9CE4_8422_2325)
    #expect(ByteHash.fnv1a(Array("a".utf8)) == 0xAF63_DC4C_8601_EC8C)
    #expect(ByteHash.fnv1a(Array("foobar".utf8)) == 0x8594_4171_F739_67E8)
  }
}
