import Evaluation
import Statistics
import Testing

@Suite struct NumberTextTests {
  @Test func numbersHaveThreeDigits() {
    #expect(
      [0, 0.1234, 0.99951, 1, 12.34, 99.96, 12_345.6].map(NumberText.short) == [
        "0.000", "0.123", "1.00", "1.00", "12.3", "100", "12346",
      ])
    #expect(NumberText.short(-0.0001) == "0.000" && NumberText.short(-2.5) == "-2.50")
    #expect(NumberText.interval(nil) == "-")
    #expect(NumberText.interval(ConfidenceInterval(lower: -1, upper: 20)) == "-1.00 ... 20.0")
  }
}
