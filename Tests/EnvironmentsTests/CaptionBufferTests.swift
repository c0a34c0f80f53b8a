import Environments
import Testing

@Suite struct CaptionBufferTests {
  @Test func aCaptionIsKeptUntilTheNext() {
    let buffer = CaptionBuffer()
    #expect(buffer.count == 0 && buffer.bytes.isEmpty)
    buffer.set("You see here a key.")
    #expect(String(decoding: buffer.bytes, as: UTF8.self) == "You see here a key.")
    buffer.set("Hm")
    #expect(Array(buffer.bytes) == Array("Hm".utf8))
    buffer.clear()
    #expect(buffer.bytes.isEmpty)
  }

  @Test(arguments: [0, 1, 255, 256, 257, 5000])
  func longCaptionsAreCut(count: Int) {
    let source = (0..<count).map { UInt8(truncatingIfNeeded: $0 % 251) }
    let buffer = CaptionBuffer()
    source.withUnsafeBufferPointer { buffer.set($0) }
    #expect(Array(buffer.bytes) == Array(source.prefix(CaptionBuffer.capacity)))
  }

  @Test func anEmptyBufferWithoutAddressClears() {
    let buffer = CaptionBuffer()
    buffer.set("something")
    buffer.set(UnsafeBufferPointer(start: nil, count: 0))
    #expect(buffer.count == 0)
  }
}
