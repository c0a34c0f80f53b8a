import Runtime
import Testing

@testable import Judging

struct ThresholdTests {
  @Test func theBestThresholdErrsAsLittleAsAnyOther() {
    var generator = SplitMix64(seed: 23)
    for _ in 0..<200 {
      let scores = (0..<Int.random(in: 2...12, using: &generator)).map { _ in
        (logOdds: Double(Int.random(in: -4...4, using: &generator)), isProgress: Bool.random(using: &generator))
      }
      let threshold = ThresholdRule.best(scores)
      guard Set(scores.map(\.isProgress)).count == 2, Set(scores.map(\.logOdds)).count > 1 else { continue }
      let range = scores.map(\.logOdds)
      let inside = stride(from: -4.0, through: 4, by: 0.5).filter { range.min()! <= $0 && $0 < range.max()! }
      let least = inside.map { error(scores, $0) }.min() ?? 2
      #expect(abs(error(scores, threshold) - least) < 1e-9)
    }
    #expect(ThresholdRule.best([]) == 0)
    #expect(ThresholdRule.best([(1, true), (2, true)]) == 0)
    #expect(ThresholdRule.best([(1, false), (5, true), (.nan, true)]) == 3)
  }

  private func error(_ scores: [(logOdds: Double, isProgress: Bool)], _ threshold: Double) -> Double {
    let positives = scores.filter(\.isProgress)
    let negatives = scores.filter { !$0.isProgress }
    return Double(positives.count { $0.logOdds <= threshold }) / Double(positives.count)
      + Double(negatives.count { $0.logOdds > threshold }) / Double(negatives.count)
  }
}
