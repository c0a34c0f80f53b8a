import Foundation
import Runtime
import Testing
@testable import Judging

struct LabelQualityTests {
  @Test func areaAgreesWithCountingPairs() {
    var generator = SplitMix64(seed: 8)
    for _ in 0..<100 {
      let scores = (0..<Int.random(in: 2...20, using: &generator)).map { _ in
        (score: Double(Int.random(in: 0...6, using: &generator)), isPositive: Bool.random(using: &generator))
      }
      let positives = scores.filter(\.isPositive)
      let negatives = scores.filter { !$0.isPositive }
      let area = LabelQuality.areaUnderCurve(scores)
      guard !positives.isEmpty, !negatives.isEmpty else {
        #expect(area.isNaN)
        continue
      }
      var wins = 0.0
      for high in positives {
        for low in negatives { wins += high.score > low.score ? 1 : high.score == low.score ? 0.5 : 0 }
      }
      #expect(abs(area - wins / Double(positives.count * negatives.count)) < 1e-12)
    }
  }

  @Test func errorsOfKnownCases() {
    #expect(LabelQuality.calibrationError([(0.5, true), (0.5, false)]) == 0)
    #expect(abs(LabelQuality.calibrationError([(0.9, false), (0.1, false)]) - 0.5) < 1e-12)
    #expect(LabelQuality.calibrationError([(1, true), (0, false)]) == 0)
    #expect(abs(LabelQuality.negativeLogLikelihood([(0.5, true), (0.25, false)]) + (log(0.5) + log(0.75)) / 2) < 1e-12)
    #expect(abs(LabelQuality.negativeLogLikelihood([(0, true)]) + log(1e-3)) < 1e-12)
    #expect(LabelQuality.calibrationError([]).isNaN && LabelQuality.negativeLogLikelihood([]).isNaN)
  }
}
