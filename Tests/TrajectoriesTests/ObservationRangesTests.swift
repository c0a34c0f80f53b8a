import Tensor
import Testing

@testable import Trajectories

struct ObservationRangesTests {
  private static let layout = ObservationLayout([
    ObservationField("colour", .uint8, [3], .categorical(cardinality: 16)),
    ObservationField("byte", .uint8, [5], .categorical(cardinality: 256)),
    ObservationField("depth", .int8, [], .categorical(cardinality: 50)),
    ObservationField("glyph", .int16, [2, 2], .categorical(cardinality: 5977)),
    ObservationField("place", .int32, [2], .categorical(cardinality: 79)),
    ObservationField("turn", .int64, [], .categorical(cardinality: 4)),
    ObservationField("speed", .float32, [3], .numeric(scale: [1])),
    ObservationField("secret", .float32, [], .hidden),
    ObservationField("gold", .int32, [2], .numeric(scale: [0.1])),
    ObservationField("message", .uint8, [9], .text),
  ])

  /// The breach that results if `value` is written at an element of a field in the second of three rows.
  private func breach<Value>(_ field: String, _ element: Int, _ value: Value) -> ObservationRanges.Breach? {
    let layout = Self.layout
    let rows = UnsafeMutableRawPointer.allocate(byteCount: 3 * layout.rowByteCount, alignment: 8)
    defer { rows.deallocate() }
    rows.initializeMemory(as: UInt8.self, repeating: 0, count: 3 * layout.rowByteCount)
    let offset = layout.rowByteCount + (layout.offset(of: field) ?? 0) + element * MemoryLayout<Value>.stride
    (rows + offset).storeBytes(of: value, as: Value.self)
    return ObservationRanges(layout).firstBreach(rows, rowCount: 3)
  }

  @Test func namesTheElementAndWhatIsWrong() {
    let allowed = "at most 1000000 in magnitude is allowed"
    for (found, element, problem) in [
      (breach("colour", 2, UInt8(16)), "colour[2]", "is 16; it must be from 0 to 15"),
      (breach("depth", 0, Int8(-1)), "depth", "is -1; it must be from 0 to 49"),
      (breach("glyph", 3, Int16(5977)), "glyph[3]", "is 5977; it must be from 0 to 5976"),
      (breach("place", 1, Int32.min), "place[1]", "is -2147483648; it must be from 0 to 78"),
      (breach("turn", 0, Int64.max), "turn", "is 9223372036854775807; it must be from 0 to 3"),
      (breach("speed", 1, Float.nan), "speed[1]", "is nan; \(allowed)"),
      (breach("speed", 2, Float(3.4e38)), "speed[2]", "is 3.4e+38; \(allowed)"),
      (breach("secret", 0, -Float.infinity), "secret", "is -inf; \(allowed)"),
    ] {
      #expect(found == ObservationRanges.Breach(row: 1, element: element, problem: problem))
    }
  }

  @Test func allowsWhatEncodersCanRead() {
    #expect(breach("colour", 0, UInt8(15)) == nil && breach("byte", 4, UInt8(255)) == nil)
    #expect(breach("gold", 1, Int32.min) == nil && breach("message", 8, UInt8(255)) == nil)
    #expect(breach("speed", 0, Float(-1e6)) == nil && breach("turn", 0, Int64(3)) == nil)
  }
}
