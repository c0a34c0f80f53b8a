import Foundation
import Testing

@testable import Benchmarks

@Suite struct ThresholdsTests {
  /// The bars of the repository.
  private static let path = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().appending(path: "../../scripts/bench/thresholds.json").standardized.path

  private func report(_ measurements: Measurement...) -> BenchmarkReport {
    BenchmarkReport(machine: .current, measurements: measurements)
  }

  private func bar(_ of: Thresholds.Quantity, minimum: Double? = nil, maximum: Double? = nil) -> Thresholds.Bar {
    Thresholds.Bar(what: "bar", measurement: "g/m", of: of, minimum: minimum, maximum: maximum)
  }

  private func verdict(_ bar: Thresholds.Bar, _ report: BenchmarkReport) -> Thresholds.Verdict? {
    Thresholds(bars: [bar]).verdicts(on: report).first
  }

  private func isMissed(_ bar: Thresholds.Bar, _ report: BenchmarkReport) -> Bool {
    if case .missed = verdict(bar, report) { true } else { false }
  }

  private func isMet(_ bar: Thresholds.Bar, _ report: BenchmarkReport) -> Bool {
    if case .met = verdict(bar, report) { true } else { false }
  }

  private func isSkipped(_ bar: Thresholds.Bar, _ report: BenchmarkReport) -> Bool {
    if case .skipped = verdict(bar, report) { true } else { false }
  }

  private var fast: Measurement {
    var measurement = Measurement("g", "m", unit: "frames/s", rounds: [30])
    measurement.compare(with: "other", rounds: [10])
    measurement.share = Measurement.Share(of: "peak", value: 0.5)
    return measurement
  }

  @Test func barsBoundFromBelowAndFromAbove() {
    #expect(isMet(bar(.ratio, minimum: 3), report(fast)))
    #expect(isMissed(bar(.ratio, minimum: 3.1), report(fast)))
    #expect(isMet(bar(.value, maximum: 30), report(fast)))
    #expect(isMissed(bar(.value, maximum: 29), report(fast)))
    #expect(isMet(bar(.share, minimum: 0.5), report(fast)))
    #expect(isMissed(bar(.share, minimum: 0.6), report(fast)))
  }

  @Test func whatWasNotMeasuredIsSkipped() {
    #expect(isSkipped(bar(.ratio, minimum: 1), report()))
    #expect(isSkipped(bar(.value, minimum: 1), report(Measurement("g", "m", unit: "", skipped: "no torch"))))
    #expect(isSkipped(bar(.ratio, minimum: 1), report(Measurement("g", "m", unit: "", rounds: [1]))))
  }

  /// Some bars apply to fast machines only.
  @Test func aBarCanDependOnTheMachine() {
    var bar = bar(.value, minimum: 100)
    bar.whereMeasurement = "kernels/peak"
    bar.whereMinimum = 90
    let (slow, quick) = (
      Measurement("kernels", "peak", unit: "", rounds: [80]), Measurement("kernels", "peak", unit: "", rounds: [91])
    )
    #expect(isSkipped(bar, report(fast, slow)))
    #expect(isSkipped(bar, report(fast)))
    #expect(isMissed(bar, report(fast, quick)))
  }

  /// Every bar names a measurement that a benchmark can make, so that no misspelt bar is always skipped.
  @Test func theRepositorysBarsNameMeasurements() throws {
    let thresholds = try Thresholds(contentsOf: Self.path)
    #expect(thresholds.bars.count >= 10)
    let networks = NetworkCase.all.map(\.name)
    let annotator =
      AnnotatorBenchmark.inFlight.map { "\($0) in flight" } + [AnnotatorBenchmark.processorTimeName]
    let known =
      annotator.map { "annotator/\($0)" } + networks.flatMap { ["train/\($0)", "train/\($0), two threads"] }
      + networks.flatMap { network in InferenceBenchmark.batches.map { "inference/\(network), batch \($0)" } }
      + SystemCase.all.flatMap { ["system/\($0.name)", "system/\($0.name), worker memory"] }
      + ["compressed", "compressing"].map { "transport/\(CompressionBenchmark.name), \($0)" }
      + TransportBenchmark.sizes.map { "transport/\($0.0), messages" } + ["kernels/\(KernelBenchmark.peakName)"]
      + ["train", "decode"].map { "\(TextBenchmark.group)/\($0)" }
    for bar in thresholds.bars {
      #expect(known.contains(bar.measurement), "\(bar.measurement)")
      #expect(bar.minimum != nil || bar.maximum != nil, "\(bar.what)")
      if let condition = bar.whereMeasurement { #expect(known.contains(condition)) }
    }
    #expect(throws: BenchmarkError.self) { try Thresholds(contentsOf: "/dev/null") }
  }
}
