import Benchmarks
import Environments
import Testing

@Suite struct EnvironmentSpeedTests {
  /// What it counts, not how fast: a measurement of no duration still plays and divides.
  @Test(arguments: [1, 3]) func aMeasurementIsTakenEvenInNoTime(environmentCount: Int) throws {
    let rate = try EnvironmentSpeed.stepsPerSecond(
      options: EnvironmentOptions(task: "CaptionGrid"), entry: CaptionGrid.entry,
      environmentCount: environmentCount, seconds: 0)
    #expect(rate > 0 && rate.isFinite)
  }

  @Test func errorsOfTheEnvironmentAreThrown() {
    #expect(throws: EnvironmentError.self) {
      try EnvironmentSpeed.stepsPerSecond(
        options: EnvironmentOptions(task: "CaptionGrid", layouts: -1), entry: CaptionGrid.entry, seconds: 0)
    }
  }
}
