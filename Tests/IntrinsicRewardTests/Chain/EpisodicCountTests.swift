import Glibc
import IntrinsicReward
import Testing

@Suite struct EpisodicCountTests {
  @Test func oniPaysAnEighthForTheSecondOccurrence() {
    let count = EpisodicCount(exponent: 3)
    #expect(count.weight(1) == 1)
    #expect(count.weight(2) == 0.125)
    #expect(abs(count.weight(3) - 1 / 27) < 1e-7)
  }

  @Test(arguments: [0, 0.5, 1, 3] as [Float])
  func tableAndFormulaAgree(exponent: Float) {
    let count = EpisodicCount(exponent: exponent)
    for occurrence in 1...1000 {
      let expected = pow(Double(occurrence), -Double(exponent))
      #expect(abs(Double(count.weight(UInt16(occurrence))) - expected) <= 1e-6 * expected)
    }
  }

  @Test func theWeightNeverGrows() {
    let count = EpisodicCount(exponent: 1.5)
    for occurrence in UInt16(1)..<UInt16.max {
      #expect(count.weight(occurrence + 1) <= count.weight(occurrence))
    }
  }

  @Test func exponentZeroPaysEveryOccurrence() {
    let count = EpisodicCount(exponent: 0)
    #expect([1, 2, 255, 256, .max].allSatisfy { count.weight($0) == 1 })
  }

  @Test func zeroIsReadAsTheFirstOccurrence() {
    #expect(EpisodicCount(exponent: 3).weight(0) == 1)
  }
}
