import Testing

@testable import Captions

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
}
