import Environments
import Testing

@testable import Benchmarks

@Suite struct EnvironmentBenchmarkTests {
  /// A measurement of no duration still plays a series of steps.
  @Test(arguments: [1, 3]) func aMeasurementIsTakenEvenInNoTime(environmentCount: Int) throws {
    let rate = try EnvironmentBenchmark.stepsPerSecond(
      options: EnvironmentOptions(task: "CaptionGrid"), entry: CaptionGrid.entry,
      environmentCount: environmentCount, seed: 1, seconds: 0)
    #expect(rate > 0 && rate.isFinite)
  }

  @Test func errorsOfTheEnvironmentAreThrown() {
    #expect(throws: EnvironmentError.self) {
      try EnvironmentBenchmark.stepsPerSecond(
        options: EnvironmentOptions(task: "CaptionGrid", layouts: -1), entry: CaptionGrid.entry, environmentCount: 1,
        seed: 1, seconds: 0)
    }
  }
}
