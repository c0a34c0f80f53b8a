import Runtime
import Statistics
import Testing

@Suite struct ClassificationTests {
  /// Samples whose scores are often equal.
  private func randomSamples(_ count: Int, _ generator: inout RandomGenerator) -> [Ranking.Sample] {
    (0..<count).map { _ in
      let isPositive = generator.below(2) == 0
      return (score: Double(generator.below(9)) + (isPositive ? 1 : 0), isPositive: isPositive)
    }
  }

  /// The definition: the share of pairs of a positive and a negative sample in the right order.
  private func area(_ samples: [Ranking.Sample]) -> Double? {
    var (sum, pairs) = (0.0, 0.0)
    for high in samples where high.isPositive {
      for low in samples where !low.isPositive {
        sum += high.score > low.score ? 1 : high.score == low.score ? 0.5 : 0
        pairs += 1
      }
    }
    return pairs > 0 ? sum / pairs : nil
  }

  @Test func areaIsTheShareOfPairsInOrder() throws {
    var generator = RandomGenerator(seed: 1)
    for count in 0..<60 {
      let samples = randomSamples(count, &generator)
      guard let expected = area(samples) else {
        #expect(Ranking.areaUnderCurve(samples) == nil)
        continue
      }
      #expect(abs(try #require(Ranking.areaUnderCurve(samples)) - expected) < 1e-12)
    }
  }

  @Test func medianAccuracyIgnoresTheThreshold() {
    let ordered: [Ranking.Sample] = [(0.4, true), (0.3, true), (0.2, false), (0.1, false)]
    #expect(Ranking.medianAccuracy(ordered) == 1)
    // All scores are equal: half of the samples are called positive, and it does not matter which.
    let equal: [Ranking.Sample] = (0..<4).map { (score: 0.5, isPositive: $0 < 3) }
    #expect(Ranking.medianAccuracy(equal) == 0.5)
    #expect(Ranking.medianAccuracy([Ranking.Sample]()) == nil)
  }

  @Test func calibrationOfKnownNumbers() throws {
    let samples: [(probability: Double, isPositive: Bool)] = [(0.9, true), (0.2, false), (0.25, true)]
    let calibration = try #require(Calibration(samples))
    let score: Double = (0.01 + 0.04 + 0.5625) / 3
    #expect(abs(calibration.brierScore - score) < 1e-12)
    // The bin from 0.2 contains 0.2 and 0.25, one of them positive; the bin from 0.9 contains one sample.
    let error: Double = (2 * (0.5 - 0.225) + (1 - 0.9)) / 3
    #expect(abs(calibration.expectedError - error) < 1e-12)
    #expect(calibration.bins.map(\.count) == [0, 0, 2, 0, 0, 0, 0, 0, 0, 1])
    #expect(calibration.bins[2].observed == 0.5)
  }

  @Test func certaintyIsInTheLastBin() throws {
    let samples: [(probability: Double, isPositive: Bool)] = [(1, true), (0, false)]
    let calibration = try #require(Calibration(samples))
    #expect(calibration.bins.first?.count == 1 && calibration.bins.last?.count == 1)
    #expect(calibration.brierScore == 0 && calibration.expectedError == 0)
    #expect(Calibration([(probability: Double, isPositive: Bool)]()) == nil)
  }

  @Test func aBootstrapIgnoresDrawsThatDoNotAllowTheMeasure() throws {
    // One sample of each class: half of the draws contain one class only and have no area.
    let samples: [Ranking.Sample] = [(0.9, true), (0.1, false)]
    var generator = RandomGenerator(seed: 7)
    let interval = Bootstrap(resamples: 50).interval(of: samples, using: &generator) { Ranking.areaUnderCurve($0) }
    #expect(interval == ConfidenceInterval(lower: 1, upper: 1))
    let none = Bootstrap(resamples: 5).interval(of: [1.0], using: &generator) { _ in nil }
    #expect(none == nil)
  }
}
