import Foundation
import Testing

@testable import Experiments

@Suite struct PlotScaleTests {
  @Test func ticksAreWholeNumbersOfNiceDistances() {
    #expect(PlotScale(showing: [0, 1]).ticks.map { ($0 * 10).rounded() } == [0, 2, 4, 6, 8, 10])
    #expect(PlotScale(showing: [0, 300_000]).ticks == [0, 100_000, 200_000, 300_000])
    #expect(PlotScale(showing: [-3, 8]).ticks == [-5, 0, 5, 10])
  }

  @Test func labelsShareUnitAndDigits() {
    func labels(_ values: [Double]) -> [String] {
      let scale = PlotScale(showing: values)
      return scale.ticks.map(scale.label)
    }
    #expect(labels([0, 1]) == ["0", "0.2", "0.4", "0.6", "0.8", "1.0"])
    #expect(labels([0, 300_000]) == ["0", "100k", "200k", "300k"])
    #expect(labels([0, 1_000_000]) == ["0", "200k", "400k", "600k", "800k", "1000k"])
    #expect(labels([0, 10_000_000]) == ["0", "2M", "4M", "6M", "8M", "10M"])
    #expect(labels([0, 0.03]) == ["0", "0.01", "0.02", "0.03"])
  }

  /// Whatever the values, they are shown, between 2 and 12 ticks, and not in a corner.
  @Test func anyValuesAreShown() {
    var generator = SmallGenerator(seed: 3)
    for _ in 0..<2000 {
      let size = pow(10, Double(generator.below(24)) - 12)
      let values = (0...generator.below(5)).map { _ in (generator.share() - 0.3) * size }
      let scale = PlotScale(showing: values)
      #expect((2...12).contains(scale.ticks.count), "\(values)")
      let (lowest, highest) = (values.min() ?? 0, values.max() ?? 0)
      #expect(scale.lower <= lowest + 1e-6 * size && scale.upper >= highest - 1e-6 * size, "\(values)")
      if highest > lowest { #expect(highest - lowest > 0.3 * (scale.upper - scale.lower), "\(values)") }
    }
  }

  @Test func anAxisMayEndWithItsValues() {
    let scale = PlotScale(showing: [0, 120_832], endsWithValues: true)
    #expect(scale.ticks == [0, 50_000, 100_000])
    #expect(scale.upper == 120_832 && scale.share(120_832) == 1)
  }

  @Test func nothingAndOneValueHaveAScale() {
    #expect(PlotScale(showing: []).ticks.count > 1)
    #expect(PlotScale(showing: [0]).ticks.count > 1)
    #expect(PlotScale(showing: [.nan, 5]).share(5).isFinite)
  }
}

/// A small stream of numbers, the same in every run.
private struct SmallGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func below(_ bound: Int) -> Int { Int(next() >> 33) % bound }

  mutating func share() -> Double { Double(next() >> 40) / Double(1 << 24) }

  private mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state
  }
}
