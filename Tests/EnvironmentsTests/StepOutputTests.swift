import Environments
import Testing
import Trajectories

@Suite struct StepOutputTests {
  @Test func aFieldIsFoundByItsOffset() {
    let layout = ObservationLayout([
      ObservationField("a", .uint8, [], .categorical(cardinality: 3)),
      ObservationField("b", .int16, [3, 3], .numeric(scale: [1])),
    ])
    let row = UnsafeMutableRawPointer.allocate(byteCount: layout.rowByteCount, alignment: 8)
    defer { row.deallocate() }
    row.initializeMemory(as: UInt8.self, repeating: 0, count: layout.rowByteCount)
    let output = StepOutput(row: row, caption: CaptionBuffer())
    let field = output.field(at: layout.offsets[1], as: Int16.self, count: 9)
    field[8] = -2
    #expect(row.load(fromByteOffset: 8 + 16, as: Int16.self) == -2)
    #expect(field.count == 9)
  }
}

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
