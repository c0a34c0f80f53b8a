import Testing

@testable import Benchmarks

@Suite struct MethodTrialTests {
  @Test func showsMeanAndStandardError() {
    let trial = MethodTrial(method: "m", claim: "c", atLeast: 3, values: [1, 3, 5])
    #expect(trial.mean == 3 && trial.hasPassed)
    // Deviation 2 over the root of three.
    #expect(abs((trial.standardError ?? 0) - 2 / 3.0.squareRoot()) < 1e-12)
    #expect(MethodTrial(method: "m", claim: "c", atLeast: 3, values: [2]).standardError == nil)
    let table = MethodTrial.table([trial, MethodTrial(method: "n", claim: "c", atLeast: 3, values: [2])])
    #expect(
      table.contains("| m | c | 3.000 ± 1.155 | 3 | passed |") && table.contains("| n | c | 2.000 ± ? | 1 | failed |"))
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
