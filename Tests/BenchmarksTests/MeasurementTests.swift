import Foundation
import Testing

@testable import Benchmarks

@Suite struct MeasurementTests {
  @Test func theMedianIsTheMiddleOrTheMeanOfTheTwo() {
    #expect(median([3, 1, 2]) == 2)
    #expect(median([4, 1, 2, 3]) == 2.5)
    #expect(median([7]) == 7)
  }

  /// The ratio is taken within each round, so a round in which both sides are slow does not change it.
  @Test func theRatioIsTheMedianOfTheRoundsRatios() throws {
    var measurement = Measurement("group", "name", unit: "frames/s", rounds: [10, 1, 30])
    measurement.compare(with: "other", rounds: [5, 0.5, 10])
    #expect(measurement.value == 10)
    #expect(measurement.comparison?.value == 5)
    #expect(measurement.comparison?.ratio == 2)
  }

  /// Both sides are measured in every round, and each goes first in every second round.
  @Test func roundsAlternate() {
    var order = ""
    let result = BenchmarkSettings(seconds: 0, rounds: 4).alternate {
      order += "a"
      return Double($0)
    } _: {
      order += "b"
      return Double(10 * $0)
    }
    #expect(order == "abbaabba")
    #expect(result.ours == [0, 1, 2, 3])
    #expect(result.theirs == [0, 10, 20, 30])
  }

  @Test func theStopwatchFillsItsTimeWithCalls() {
    var calls = 0
    let seconds = Stopwatch.cpuSecondsPerCall(0.001) { calls += 1 }
    #expect(calls > 1 && seconds > 0 && seconds < 0.001)
  }

  @Test func aReportSurvivesItsFile() throws {
    let path = NSTemporaryDirectory() + "/tengu-report-\(UUID().uuidString).json"
    defer { try? FileManager.default.removeItem(atPath: path) }
    var measurement = Measurement("kernels", "exp", unit: "Gelement/s", rounds: [1, 2, 3])
    measurement.compare(with: "libm", rounds: [1, 1, 1])
    measurement.share = Measurement.Share(of: "peak", value: 0.5)
    let skipped = Measurement("train", "oni", unit: "frames/s", skipped: "no torch")
    let report = BenchmarkReport(machine: .current, measurements: [measurement, skipped])
    try report.write(to: path)
    #expect(try BenchmarkReport(contentsOf: path) == report)
    #expect(try BenchmarkReport(merging: [report, report]).measurements.count == 4)
    #expect(throws: BenchmarkError.self) { try BenchmarkReport(merging: []) }
    #expect(throws: BenchmarkError.self) { try BenchmarkReport(contentsOf: "/dev/null") }
  }

  @Test func aNumberThatIsNotFiniteIsNotWritten() {
    let report = BenchmarkReport(
      machine: .current, measurements: [Measurement("a", "b", unit: "s", rounds: [.infinity])])
    #expect(throws: BenchmarkError.self) { try report.write(to: "/dev/null") }
  }

  @Test func tablesHaveALineForEachMeasurement() {
    var measurement = Measurement("system", "CartPole", unit: "frames/s", rounds: [1_234_567])
    measurement.compare(with: "Sample Factory", rounds: [10_000])
    measurement.share = Measurement.Share(of: "the bound", value: 0.614)
    let skipped = Measurement("system", "CaptionGrid", unit: "frames/s", skipped: "no game")
    let text = BenchmarkReport(machine: .current, measurements: [measurement, skipped]).table
    #expect(
      text.contains("| CartPole    | 1,234,567 | frames/s | Sample Factory |    10,000 | 123.46x | 61% of the bound |"))
    #expect(text.contains("- CaptionGrid: not measured: no game"))
  }

  @Test(arguments: [
    (0.01234, "0.0123"), (1.2345, "1.234"), (12.345, "12.35"), (123.45, "123.5"), (12_345, "12,345"),
    (1_000_000, "1,000,000"),
  ]) func numbersHaveFourDigits(value: Double, text: String) { #expect(BenchmarkReport.number(value) == text) }
}

/// Foundation has a type of the same name.
typealias Measurement = Benchmarks.Measurement
