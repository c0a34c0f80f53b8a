import Testing

@testable import Runtime

/// The bytes are those of the examples in the documentation of the encoding.
@Suite struct ProtobufWriterTests {
  private func bytes(_ fill: (inout ProtobufWriter) -> Void) -> [UInt8] { ProtobufWriter.message(fill) }

  @Test func theDocumentedExamples() {
    #expect(bytes { $0.integer(1, 150) } == [0x08, 0x96, 0x01])
    #expect(bytes { $0.text(2, "testing") } == [0x12, 0x07] + Array("testing".utf8))
    #expect(bytes { $0.message(3) { $0.integer(1, 150) } } == [0x1A, 0x03, 0x08, 0x96, 0x01])
    #expect(bytes { $0.integers(6, [3, 270, 86942]) } == [0x32, 0x06, 0x03, 0x8E, 0x02, 0x9E, 0xA7, 0x05])
  }

  @Test func numbersAreLittleEndianAndNegativeOnesHaveTenBytes() {
    #expect(bytes { $0.integer(1, -2) } == [0x08, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01])
    #expect(bytes { $0.double(1, 1) } == [0x09, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F])
    #expect(bytes { $0.float(2, 1) } == [0x15, 0, 0, 0x80, 0x3F])
    #expect(bytes { $0.doubles(7, [1]) } == [0x3A, 0x08, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F])
    #expect(bytes { $0.integer(16, 0) } == [0x80, 0x01, 0x00])
  }
}
