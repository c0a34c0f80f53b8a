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
