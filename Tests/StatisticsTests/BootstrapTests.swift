import Foundation
import Runtime
import Statistics
import Testing

@Suite struct BootstrapTests {
  /// Every draw there is, each as likely as another: what the bootstrap approaches with the number of its draws.
  private func allDraws(of values: [Double]) -> [[Double]] {
    var draws: [[Double]] = [[]]
    for _ in values { draws = draws.flatMap { draw in values.map { draw + [$0] } } }
    return draws
  }

  /// The interval over all combinations of all draws of each task.
  private func oracle(_ statistic: Statistic, tasks: [[Double]], level: Double) throws -> ConfidenceInterval {
    var pooled: [[Double]] = [[]]
    for task in tasks {
      let draws = allDraws(of: task)
      pooled = pooled.flatMap { earlier in draws.map { earlier + $0 } }
    }
    let values = try pooled.map { try #require(statistic.value(of: $0)) }.sorted()
    let tail = (1 - level) / 2
    return ConfidenceInterval(
      lower: try #require(Quantile.interpolated(tail, ofSorted: values)),
      upper: try #require(Quantile.interpolated(1 - tail, ofSorted: values)))
  }

  @Test(arguments: Statistic.allCases)
  func approachesTheIntervalOverAllDraws(_ statistic: Statistic) throws {
    let values = [0.11, 0.95, 0.4, 0.52, 0.73]
    let interval = try #require(Bootstrap(resamples: 20_000, seed: 3).interval(of: statistic, values))
    let expected = try oracle(statistic, tasks: [values], level: 0.95)
    #expect(abs(interval.lower - expected.lower) < 0.02)
    #expect(abs(interval.upper - expected.upper) < 0.02)
  }

  @Test func eachTaskIsDrawnFromByItself() throws {
    let tasks = [[0.0, 0.1, 0.3], [100, 101, 105.5]]
    let interval = try #require(Bootstrap(resamples: 20_000, seed: 5).interval(of: .mean, tasks: tasks))
    let expected = try oracle(.mean, tasks: tasks, level: 0.95)
    #expect(abs(interval.lower - expected.lower) < 0.1)
    #expect(abs(interval.upper - expected.upper) < 0.1)
    // Drawn from one pool, draws would differ by how many of the large values they have.
    let pooled = try #require(Bootstrap(resamples: 20_000, seed: 5).interval(of: .mean, tasks.flatMap { $0 }))
    #expect(pooled.upper - pooled.lower > 10 * (interval.upper - interval.lower))
  }

  @Test func theSameSeedGivesTheSameInterval() {
    let values = (0..<30).map { sin(Double($0)) }
    let first = Bootstrap(seed: 7).interval(of: .mean, values)
    #expect(first == Bootstrap(seed: 7).interval(of: .mean, values))
    #expect(first != Bootstrap(seed: 8).interval(of: .mean, values))
  }

  @Test func oneValueHasNoInterval() throws {
    #expect(Bootstrap().interval(of: .mean, [1]) == nil)
    #expect(Bootstrap().interval(of: .mean, tasks: [[1], [2]]) == nil)
    let summary = try #require(Summary([3]))
    #expect(summary.count == 1 && summary.mean == 3 && summary.meanInterval == nil)
  }

  @Test func equalValuesLeaveNoDoubt() {
    #expect(Bootstrap().interval(of: .interquartileMean, [2, 2, 2]) == ConfidenceInterval(lower: 2, upper: 2))
  }

  /// For samples of 40 uniform values, about 95 of 100 intervals contain the true mean.
  @Test func intervalsCoverTheTruth() throws {
    var generator = RandomGenerator(seed: 11)
    var covered = 0
    for trial in 0..<300 {
      let values = (0..<40).map { _ in Double(generator.uniform()) }
      let interval = try #require(Bootstrap(resamples: 300, seed: UInt64(trial)).interval(of: .mean, values))
      if interval.contains(0.5) { covered += 1 }
    }
    #expect((267...297).contains(covered), "\(covered) of 300")
  }

  @Test func aSummaryHasBothStatisticsAndTheirIntervals() throws {
    let values = [0.2, 0.4, 0.1, 0.9, 0.3]
    let summary = try #require(Summary(values))
    #expect(summary.count == 5)
    #expect(summary.mean == Statistic.mean.value(of: values))
    #expect(summary.interquartileMean == Statistic.interquartileMean.value(of: values))
    #expect(summary.meanInterval == Bootstrap().interval(of: .mean, values))
    #expect(summary.interquartileMeanInterval == Bootstrap().interval(of: .interquartileMean, values))
  }
}
