import Runtime
import Statistics
import Testing

struct BootstrapMeasureTests {
  private func mean(_ values: [Double]) -> Double? {
    values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }

  @Test func coversTheTruthAsOftenAsItSays() {
    var generator = RandomGenerator(seed: 4)
    var covered = 0
    let sets = 200
    for _ in 0..<sets {
      // Right with probability 0.7, 60 times.
      let samples = (0..<60).map { _ in Double.random(in: 0..<1, using: &generator) < 0.7 ? 1.0 : 0.0 }
      let interval = Bootstrap(resamples: 200).interval(of: samples, using: &generator, measure: mean)
      if interval?.contains(0.7) == true { covered += 1 }
    }
    // 95 % of 200 is 190 with a standard deviation of 3.
    #expect((178...199).contains(covered))
  }

  @Test func narrowsWithMoreSamples() throws {
    var generator = RandomGenerator(seed: 5)
    let samples = (0..<1600).map { _ in Double.random(in: 0..<1, using: &generator) }
    func width(_ count: Int, _ generator: inout RandomGenerator) throws -> Double {
      let interval = try #require(
        Bootstrap(resamples: 300).interval(of: Array(samples.prefix(count)), using: &generator, measure: mean))
      return interval.upper - interval.lower
    }
    let wide = try width(100, &generator)
    let narrow = try width(1600, &generator)
    // Sixteen times the samples, a quarter of the width.
    #expect((2.5...6).contains(wide / narrow))
  }

  @Test func isTheSameForTheSameSeed() {
    let samples = (0..<30).map(Double.init)
    var one = RandomGenerator(seed: 6)
    var other = RandomGenerator(seed: 6)
    #expect(
      Bootstrap(resamples: 1000).interval(of: samples, using: &one, measure: mean)
        == Bootstrap(resamples: 1000).interval(of: samples, using: &other, measure: mean))
  }

  @Test func passesOverSetsWithoutTheMeasure() {
    var generator = RandomGenerator(seed: 7)
    // One message of each kind: half of the sets hold but one kind, where there is no AUC.
    let samples: [Ranking.Sample] = [(0.9, true), (0.1, false)]
    #expect(
      Bootstrap(resamples: 50).interval(of: samples, using: &generator) { Ranking.areaUnderCurve($0) }
        == ConfidenceInterval(lower: 1, upper: 1))
    #expect(Bootstrap().interval(of: [Double](), using: &generator, measure: mean) == nil)
    #expect(Bootstrap(resamples: 5).interval(of: [1.0], using: &generator) { _ in nil } == nil)
  }
}
