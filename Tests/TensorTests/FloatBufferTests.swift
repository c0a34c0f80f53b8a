import Tensor
import Testing

@Suite struct FloatBufferTests {
  @Test func startsAlignedAndZeroed() {
    for count in [0, 1, 7, 1000] {
      let buffer = FloatBuffer(count: count)
      #expect(UInt(bitPattern: buffer.pointer) % 64 == 0)
      #expect(buffer.elements.allSatisfy { $0 == 0 })
      #expect(buffer.elements.count == count)
    }
  }

  @Test func fillsAndCopies() {
    let a = FloatBuffer(count: 5)
    let b = FloatBuffer(count: 5)
    a.fill(2.5)
    b.copy(from: a)
    a.fill(0)
    #expect(b.elements.allSatisfy { $0 == 2.5 })
  }
}
