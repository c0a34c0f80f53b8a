import Testing

@testable import Telemetry

@Suite struct ExpositionTests {
  private let exposition = Exposition(run: [("run", "a\"b\\c\nd"), ("task", "Corridor")])
  private let record = MetricsRecord(
    time: 1, step: 64, values: [.stepsTrained: 64, .returnMean: -0.5, .policyLoss: .nan, .residentMegabytes: 2])

  @Test func theTextFormatNamesTypesAndUnits() {
    let text = exposition.text(of: record, as: .prometheus)
    #expect(text.contains("tengu_run_info{run=\"a\\\"b\\\\c\\nd\",task=\"Corridor\"} 1\n"))
    #expect(text.contains("# TYPE tengu_run_steps_trained_total counter\n"))
    #expect(text.contains("tengu_run_steps_trained_total{run=\"a\\\"b\\\\c\\nd\"} 64\n"))
    #expect(text.contains("# TYPE tengu_episode_return_mean gauge\n") && text.contains("} -0.5\n"))
    #expect(text.contains("tengu_loss_policy{run=\"a\\\"b\\\\c\\nd\"} NaN\n"))
    #expect(text.contains("tengu_process_resident_bytes{run=\"a\\\"b\\\\c\\nd\"} 2097152\n"))
    #expect(text.contains("Unit: bytes.\n") && !text.contains("EOF"))
  }

  @Test func factsAreOneFamily() {
    var record = record
    record.facts = ["gold": 2, "deepest_level": 1.5]
    let text = exposition.text(of: record, as: .prometheus)
    #expect(text.contains("# TYPE tengu_fact gauge\n"))
    #expect(text.contains("tengu_fact{run=\"a\\\"b\\\\c\\nd\",fact=\"deepest_level\"} 1.5\ntengu_fact{"))
  }

  @Test func openMetricsNamesFamiliesAndEnds() {
    let text = exposition.text(of: record, as: .openMetrics)
    #expect(text.contains("# TYPE tengu_run_steps_trained counter\n"))
    #expect(text.contains("tengu_run_steps_trained_total{") && text.hasSuffix("# EOF\n"))
  }

  /// A family has its lines once, and a value never splits a line.
  @Test func everyMetricHasOneHelpAndOneTypeLine() {
    let values = Dictionary(uniqueKeysWithValues: MetricName.allCases.map { ($0, 1.5) })
    let text = exposition.text(of: MetricsRecord(time: 1, step: 1, values: values), as: .prometheus)
    let lines = text.split(separator: "\n")
    #expect(lines.count == 3 * (MetricName.allCases.count + 1))
    #expect(Set(lines.filter { $0.hasPrefix("# TYPE") }).count == MetricName.allCases.count + 1)
    for name in MetricName.allCases {
      #expect(name.prometheusName.wholeMatch(of: /[a-z_]+/) != nil)
      #expect(name.prometheusName.hasSuffix("_total") == (name.kind == .counter))
    }
  }

  @Test func withoutARecordOnlyTheRunIsKnown() {
    #expect(exposition.text(of: nil, as: .prometheus).split(separator: "\n").count == 3)
  }
}
