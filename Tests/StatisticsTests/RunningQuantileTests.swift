import Runtime
import Statistics
import Testing

struct RunningQuantileTests {
  @Test func quantilesAgreeWithASortedWindow() {
    var generator = SplitMix64(seed: 17)
    var quantiles = RunningQuantile()
    #expect(quantiles.quantile(0.5) == nil)
    var all: [Double] = []
    for step in 0..<1_400 {
      // Few values, so that equal ones are taken out as well.
      let number = Double(Int.random(in: -20...20, using: &generator)) / 4
      quantiles.add(number)
      all.append(number)
      guard step % 37 == 0 else { continue }
      let sorted = all.suffix(RunningQuantile.windowSize).sorted()
      #expect(quantiles.quantile(0) == sorted.first && quantiles.quantile(1) == sorted.last)
      #expect(quantiles.quantile(0.5) == (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2)
      #expect(quantiles.count == sorted.count)
    }
    quantiles.add(.nan)
    quantiles.add(.infinity)
    #expect(quantiles.quantile(1).map { $0 <= 5 } == true)
  }
}
