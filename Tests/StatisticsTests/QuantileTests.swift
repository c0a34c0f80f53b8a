import Runtime
import Statistics
import Testing

@Suite struct QuantileTests {
  @Test func definitionsDiffer() {
    let values: [Double] = [10, 20, 40, 80]
    #expect(Quantile.interpolated(0.5, ofSorted: values) == 30)
    #expect(Quantile.nearestRank(0.5, ofSorted: values) == 20)
    #expect(Quantile.lower(0.5, ofSorted: values) == 20)
    #expect(Quantile.nearestRank(0.51, ofSorted: values) == 40)
    #expect(Quantile.lower(0.99, ofSorted: values) == 40)
    for quantile in [Quantile.nearestRank(1, ofSorted: values), Quantile.lower(1, ofSorted: values)] {
      #expect(quantile == 80)
    }
    #expect(Quantile.nearestRank(0, ofSorted: values) == 10)
  }

  @Test func noValuesHaveNoQuantile() {
    #expect(Quantile.interpolated(0.5, ofSorted: []) == nil)
    #expect(Quantile.nearestRank(0.5, ofSorted: [Double]()) == nil)
    #expect(Quantile.lower(0.5, ofSorted: [Float]()) == nil)
    #expect(RunningQuantile().quantile(0.5) == nil)
  }

  @Test func aRunningQuantileIsThatOfTheLatestNumbers() throws {
    var generator = RandomGenerator(seed: 1)
    var running = RunningQuantile()
    var all: [Double] = []
    for count in 1...1500 {
      // Few different numbers, so that many are equal.
      let number = Double(generator.below(50))
      all.append(number)
      running.add(number)
      guard count % 97 == 0 else { continue }
      let sorted = all.suffix(RunningQuantile.windowSize).sorted()
      #expect(running.count == sorted.count)
      for share in [0, 0.1, 0.5, 0.9, 1] {
        #expect(running.quantile(share) == Quantile.interpolated(share, ofSorted: sorted))
      }
    }
    running.add(.nan)
    running.add(.infinity)
    #expect(running.count == RunningQuantile.windowSize)
    #expect(try #require(running.quantile(1)).isFinite)
  }
}
