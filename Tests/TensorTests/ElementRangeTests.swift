import Runtime
import Testing

@testable import Tensor

/// Compared with a search element by element, at all lengths around the widths of vectors.
struct ElementRangeTests {
  @Test func findsTheFirstFloatBeyondABound() {
    let odd: [Float] = [.nan, -.nan, .signalingNaN, .infinity, -.infinity, 3.4e38, -3.4e38, 1_000_001, -1_000_001]
    let good: [Float] = [0, -0.0, 1e6, -1e6, .leastNonzeroMagnitude, 12.5]
    var generator = RandomGenerator(seed: 3)
    for count in 0..<70 {
      var values = (0..<count).map { _ in good[generator.below(good.count)] }
      #expect(ElementRange.firstBeyond(1e6, values, count: count) == nil)
      guard count > 0 else { continue }
      let (first, later) = (generator.below(count), generator.below(count))
      values[max(first, later)] = odd[generator.below(odd.count)]
      values[min(first, later)] = odd[generator.below(odd.count)]
      #expect(ElementRange.firstBeyond(1e6, values, count: count) == min(first, later))
    }
  }

  @Test func tellsFiniteNumbersFromOthers() {
    #expect(ElementRange.firstNotFinite([3.4e38, -3.4e38, 0], count: 3) == nil)
    #expect(ElementRange.firstNotFinite([3.4e38, -.infinity, .nan], count: 3) == 1)
  }

  @Test func findsTheFirstIntegerOutsideARange() {
    func check<Element: FixedWidthInteger & BitwiseCopyable>(_ type: Element.Type, _ maximum: Element) {
      var generator = RandomGenerator(seed: 5)
      for count in 0..<70 {
        var values = (0..<count).map { _ in Element(truncatingIfNeeded: generator.below(Int(maximum) + 1)) }
        #expect(ElementRange.firstOutside(upTo: maximum, values, count: count) == nil)
        guard count > 0 else { continue }
        let place = generator.below(count)
        for odd in [maximum + 1, Element.max, Element.min] where odd > maximum || odd < 0 {
          values[place] = odd
          #expect(ElementRange.firstOutside(upTo: maximum, values, count: count) == place)
        }
      }
    }
    check(UInt8.self, 15)
    check(Int8.self, 100)
    check(Int16.self, 5976)
    check(Int32.self, 1)
    check(UInt32.self, 1_000_000)
    check(Int64.self, 3)
  }
}
