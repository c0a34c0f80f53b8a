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

  @Test func theSurestHeadIsFurthestFromOneHalf() {
    #expect(
      EnsembleStudies.surestHead([0.4, 0.9, 0.2, 0.6]) == 0.9 && EnsembleStudies.surestHead([0.4, 0.8, 0.1]) == 0.1)
  }

  @Test func syntheticAnswersHaveTheGivenErrorRate() {
    var captions = SyntheticCaptions(count: 600, seed: 3)
    #expect(Set(captions.captions.map(\.bytes)).count == 600)
    let preferences = captions.preferences(4_000, among: 400, flipRate: 0.3)
    #expect(preferences.allSatisfy { $0.first <= 400 && $0.second <= 400 })
    let right = Double(preferences.count { captions.isRight($0) }) / 4_000
    // Five standard errors.
    #expect(abs(right - 0.7) < 5 * (0.21 / 4_000).squareRoot())
    let perfect = captions.isHelpful.map { $0 ? Float(1) : 0 }
    #expect(captions.accuracy(perfect, in: 400..<600) == 1)
    #expect(captions.accuracy(perfect.map { _ in 0 }, in: 400..<600) == 0.5)
    #expect(captions.accuracy(perfect.map { -$0 }, in: 400..<600) == 0)
  }
}
