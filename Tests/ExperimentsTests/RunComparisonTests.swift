import Foundation
import Runtime
import Telemetry
import TestSupport
import Testing

@testable import Experiments

@Suite struct RunComparisonTests {
  private func run(_ returns: [(step: Int, value: Double)]) -> [MetricsRecord] {
    returns.map { MetricsRecord(time: 0, step: $0.step, values: [.returnMean: $0.value]) }
  }

  @Test func valuesBetweenRecordsAreInterpolated() {
    let records = run([(10, 1), (20, 3), (40, 5)])
    let values = [5.0, 10, 15, 20, 30, 40, 41].map {
      RunComparison.value(of: .episodeReturn, at: $0, in: records)
    }
    #expect(values == [nil, 1, 2, 3, 4, 5, nil])
    #expect(RunComparison.value(of: .success, at: 10, in: records) == nil)
  }

  @Test func anArmIsTheMeanOfItsRunsWhereAllHaveValues() {
    let arm = RunComparison.Arm(name: "a", runs: [run([(0, 0), (60, 60)]), run([(0, 2), (30, 2)])])
    let comparison = RunComparison([arm], measure: .episodeReturn)
    let curve = comparison.curve(of: arm)
    #expect(curve.count == 30 && curve.last?.step == 30 && curve.last?.mean == 16)
    #expect(curve.last?.interval.map { $0.lower == 2 && $0.upper == 30 } == true)
  }

  @Test func runsAreReadByTheirFolders() throws {
    let folder = try TemporaryDirectory()
    for (name, value) in [("x-1", 1.0), ("x-2", 3)] {
      let text = run([(10, value), (20, value)]).map(\.jsonLine).joined()
      try folder.write(text, to: "\(name)/metrics.jsonl")
    }
    let paths = ["x-1", "x-2"].map { "\(folder.path)/\($0)" }
    let comparison = try RunComparison(["both=" + paths.joined(separator: ","), paths[0]], measure: .episodeReturn)
    #expect(comparison.text.contains("both") && comparison.text.contains("x-1"))
    #expect(comparison.svg.contains("<svg") && comparison.svg.contains("95 % bootstrap interval"))
    #expect(throws: FileError.self) { try RunComparison([folder.path + "/none"], measure: .success) }
    #expect(throws: FileError.self) { try RunComparison(["=x"], measure: .success) }
    try folder.write("", to: "empty/metrics.jsonl")
    #expect(throws: FileError.self) { try RunComparison([folder.path + "/empty"], measure: .success) }
  }
}
