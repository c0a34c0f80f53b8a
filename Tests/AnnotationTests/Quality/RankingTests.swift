import Testing

@testable import Annotation

struct RankingTests {
  /// The definition: every pair of a message that is progress and one that is not.
  private func area(_ samples: [QualitySample]) -> Double? {
    var sum = 0.0
    var pairs = 0.0
    for better in samples where better.isProgress {
      for worse in samples where !worse.isProgress {
        guard let high = better.score, let low = worse.score else { continue }
        sum += high > low ? 1 : high == low ? 0.5 : 0
        pairs += 1
      }
    }
    return pairs > 0 ? sum / pairs : nil
  }

  @Test func areaIsTheShareOfPairsInOrder() {
    var generator = TestGenerator(seed: 1)
    for count in 0..<60 {
      let samples = randomSamples(count, &generator)
      #expect(isNear(Ranking.areaUnderCurve(samples), area(samples)))
    }
  }

  @Test func areaOfKnownOrders() {
    #expect(Ranking.areaUnderCurve([sample(true, 0.9), sample(false, 0.1)]) == 1)
    #expect(Ranking.areaUnderCurve([sample(true, 0.1), sample(false, 0.9)]) == 0)
    #expect(Ranking.areaUnderCurve([sample(true, 0.5), sample(false, 0.5)]) == 0.5)
    // 0.3 is above 0.2 alone; 0.8 above both.
    #expect(
      Ranking.areaUnderCurve([sample(true, 0.3), sample(true, 0.8), sample(false, 0.2), sample(false, 0.4)]) == 0.75)
    #expect(Ranking.areaUnderCurve([sample(true, 0.9)]) == nil)
    #expect(Ranking.areaUnderCurve([]) == nil)
  }

  @Test func labelsWithoutLogOddsAreCertain() {
    let certain = QualitySample(isProgress: true, verdict: .label(1))
    #expect(Ranking.areaUnderCurve([certain, sample(false, 0.999)]) == 1)
    #expect(certain.probability == 1)
    #expect(isNear(QualitySample(isProgress: true, verdict: .label(0.75)).probability, 0.75))
  }

  @Test func medianMendsAThresholdThatIsFarOff() {
    // Every probability is below one half, and the order is right.
    let samples = [sample(true, 0.4), sample(true, 0.3), sample(false, 0.2), sample(false, 0.1)]
    #expect(Confusion(samples).accuracy == 0.5)
    #expect(Ranking.medianAccuracy(samples) == 1)
    #expect(Ranking.medianAccuracy([]) == nil)
    #expect(Ranking.medianAccuracy([QualitySample(isProgress: true, verdict: .abstain)]) == nil)
  }

  @Test func medianAccuracyAgreesWithItsDefinition() {
    var generator = TestGenerator(seed: 2)
    for count in 1..<40 {
      let scored = randomSamples(count, &generator).filter { $0.score != nil }
      guard !scored.isEmpty else { continue }
      let right = scored.filter { sample in
        // As many scores below as half of them: the sample is in the upper half.
        let threshold = scored.compactMap(\.score).sorted()[scored.count / 2]
        return ((sample.score ?? .nan) >= threshold) == sample.isProgress
      }
      #expect(isNear(Ranking.medianAccuracy(scored), Double(right.count) / Double(scored.count)))
    }
  }
}
