import Runtime
import Statistics
import Testing

@testable import Judging

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
    var generator = SplitMix64(seed: 1)
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
    #expect(Ranking.areaUnderCurve([QualitySample]()) == nil)
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
    #expect(Ranking.medianAccuracy([QualitySample]()) == nil)
    #expect(Ranking.medianAccuracy([QualitySample(isProgress: true, verdict: .abstain)]) == nil)
  }

  @Test func aMedianAmongEqualScoresDecidesNothing() {
    // All alike: half of them are called progress, whichever.
    #expect(Ranking.medianAccuracy((0..<4).map { sample($0 < 3, 0.5) }) == 0.5)
    // Hard labels that are right, one of them progress: of the three others one goes to the upper half.
    let hard = (0..<4).map { QualitySample(isProgress: $0 == 0, verdict: .label($0 == 0 ? 1 : 0)) }
    #expect(Ranking.medianAccuracy(hard) == 0.75)
  }

  /// Ties broken at random, many times.
  @Test func medianAccuracyIsTheMeanOverBrokenTies() {
    var generator = SplitMix64(seed: 2)
    for count in [1, 2, 5, 12, 25] {
      let scored = randomSamples(count, &generator).filter { $0.score != nil }
      guard !scored.isEmpty else { continue }
      let rounds = 2000
      var right = 0
      for _ in 0..<rounds {
        let order = scored.shuffled(using: &generator).sorted { ($0.score ?? 0) < ($1.score ?? 0) }
        for (rank, sample) in order.enumerated() where (rank >= order.count / 2) == sample.isProgress { right += 1 }
      }
      #expect(isNear(Ranking.medianAccuracy(scored), Double(right) / Double(rounds * scored.count), within: 0.03))
    }
  }
}
