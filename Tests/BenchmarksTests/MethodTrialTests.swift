import Testing

@testable import Benchmarks

@Suite struct MethodTrialTests {
  @Test func theIntervalDecidesAndNotTheMean() {
    func trial(_ values: [Double]) -> MethodTrial { MethodTrial(method: "m", claim: "c", atLeast: 3, values: values) }
    #expect(trial([4, 5, 6]).verdict == .passed && trial([0, 1, 2]).verdict == .failed)
    let undecided = trial([1, 3, 8])
    #expect(undecided.mean == 4 && undecided.verdict == .undecided)
    #expect(trial([9]).verdict == nil)
    let table = MethodTrial.table([trial([4, 4]), trial([9])])
    #expect(table.contains("| m | c | at least 3.0 | 4.0 (4.0 to 4.0) | 2 | passed |"))
    #expect(table.contains("| m | c | at least 3.0 | 9.0 | 1 | one seed |"))
  }
}
