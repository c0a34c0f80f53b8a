import Testing

@testable import Statistics

@Suite struct BarVerdictTests {
  @Test func theIntervalDecides() {
    let interval = ConfidenceInterval(lower: 0.1, upper: 0.3)
    #expect(
      [0.05, 0.1, 0.2, 0.3, 0.31].map { BarVerdict(interval, atLeast: $0) } == [
        .passed, .passed, .undecided, .undecided, .failed,
      ])
    #expect(
      [0.05, 0.1, 0.2, 0.3, 0.31].map { BarVerdict(interval, atMost: $0) } == [
        .failed, .undecided, .undecided, .passed, .passed,
      ])
  }

  @Test func requirementsCountTogether() {
    #expect(BarVerdict([]) == nil)
    #expect(BarVerdict([.passed, .passed]) == .passed)
    #expect(BarVerdict([.passed, .undecided]) == .undecided)
    #expect(BarVerdict([.undecided, .failed, .passed]) == .failed)
  }
}
