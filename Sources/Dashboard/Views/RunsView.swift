import Configuration
import Foundation
import Runtime
import Telemetry

/// The list of runs.
struct RunsView: Encodable {
  struct Row: Encodable {
    var id: String
    var name: String
    /// Trained steps of the newest record.
    var steps: Int?
    /// Seconds since 1970 of the newest record.
    var updated: Double?
    var returnMean: Double?
    var stepsPerSecond: Double?
    /// Whether a learner has an address.
    var isOpen: Bool
  }

  var runs: [Row]

  init(_ shown: ShownRuns) {
    runs = shown.all().map { run in
      // A run that has written nothing has no record.
      let record = (try? MetricsFile.lastRecord(of: "\(run.path)/metrics.jsonl")).flatMap { $0 }
      return Row(
        id: run.id, name: run.name, steps: record?.step, updated: record?.time,
        returnMean: record?.values[.returnMean], stepsPerSecond: record?.values[.stepsPerSecond],
        isOpen: PosixFileSystem().exists("\(run.path)/endpoint"))
    }
  }
}

/// The metrics that can be shown.
struct MetricsView: Encodable {
  struct Row: Encodable {
    var name: String
    var unit: String
    var meaning: String
  }

  var metrics: [Row]

  /// All metrics, and the facts that the newest records of the runs have.
  init(_ runs: ShownRuns) {
    let records = runs.all().compactMap { run -> MetricsRecord? in
      (try? MetricsFile.lastRecord(of: "\(run.path)/metrics.jsonl")).flatMap { $0 }
    }
    let facts = Set(records.flatMap { $0.namedFacts.map(\.name) }).sorted()
    metrics =
      MetricName.allCases.map { Row(name: $0.rawValue, unit: $0.definition.unit, meaning: $0.definition.meaning) }
      + facts.map { Row(name: $0, unit: "", meaning: "Mean of what the environment reports for an episode.") }
  }
}

/// Fields in which the configurations of two runs differ.
struct DifferencesView: Encodable {
  struct Row: Encodable {
    var field: String
    var first: String
    var second: String
    var explanation: String
  }

  var first: String
  var second: String
  var rows: [Row]

  /// - Parameter read: reads a configuration file.
  /// - Throws: what `read` throws.
  init(
    _ first: ShownRuns.Run, _ second: ShownRuns.Run, read: (_ path: String) throws -> RunConfiguration
  ) throws {
    let one = try read("\(first.path)/config.toml")
    let two = try read("\(second.path)/config.toml")
    (self.first, self.second) = (first.name, second.name)
    rows = one.differences(from: two).map { field in
      Row(
        field: field.path, first: field.value(one).toml, second: field.value(two).toml, explanation: field.explanation)
    }
  }
}
