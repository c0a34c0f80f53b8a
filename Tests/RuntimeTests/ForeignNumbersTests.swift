import Testing

@testable import Runtime

struct ForeignNumbersTests {
  @Test(arguments: [
    (Double.nan, 0), (.infinity, Int.max), (-.infinity, .min), (1e300, .max), (-1e300, .min), (0x1p63, .max),
    (-0x1p63, .min), (1e18, 1_000_000_000_000_000_000), (2.9, 2), (-2.9, -2), (-0.0, 0), (1e-300, 0),
  ])
  func doublesBecomeTheNearestInteger(_ value: Double, _ expected: Int) {
    #expect(Int(saturating: value) == expected)
  }

  @Test func smallerTypesSaturateAtTheirOwnBounds() {
    #expect(UInt8(saturating: 256) == 255 && UInt8(saturating: -1) == 0 && UInt8(saturating: 255.9) == 255)
    #expect(UInt64(saturating: 0x1p64) == .max && Int32(saturating: -3e9) == .min)
  }

  @Test func sumsStopAtTheEnds() {
    #expect(Int.max.addingSaturated(1) == .max && Int.min.addingSaturated(-1) == .min)
    #expect(Int.max.addingSaturated(-1) == .max - 1 && UInt8(200).addingSaturated(100) == 255)
  }

  @Test func checkedNumbersNameWhatIsWrong() throws {
    #expect(try Int(checked: UInt64(7), in: 0...9, "steps") == 7)
    for number in [UInt64.max, 10] {
      let error = #expect(throws: ForeignNumberError.self) { try Int(checked: number, in: 0...9, "steps") }
      #expect(error?.description == "steps is \(number), not from 0 to 9")
    }
    #expect(throws: ForeignNumberError.self) { try UInt8(checked: -1, in: 0...9, "steps") }
  }
}
