import Foundation
import Runtime
import TestSupport
import Testing

@testable import Telemetry

@Suite struct MetricsTests {
  let file = TemporaryFile()

  @Test func recordsAreJSONLinesInDeclaredOrder() throws {
    let metrics = try MetricsFile(path: file.path)
    _ = metrics.write(
      time: 1_769_904_000.5, step: 1024, values: [.entropy: 3.25, .returnMean: -1e-5, .stepsTrained: 1024])
    _ = metrics.write(
      time: 2, step: 2048, values: [.valueLoss: .nan, .policyLoss: -.infinity, .gradientNorm: 1e20, .workers: 0])
    #expect(
      try file.text() == """
        {"time":1769904000.5,"step":1024,"session":1,"run/steps_trained":1024,"episode/return_mean":-1e-05,"loss/entropy":3.25}
        {"time":2,"step":2048,"session":1,"peer/workers":0,"loss/policy":null,"loss/value":null,"loss/gradient_norm":1e+20}

        """)
    for line in try file.text().split(separator: "\n") {
      #expect((try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])?["time"] != nil)
    }
  }

  @Test func recordsReadBack() throws {
    let record = MetricsRecord(
      time: 0.1, step: 7, values: [.entropy: 1.0 / 3, .stepsPerSecond: 12_345.678],
      facts: ["deepest_level": 2.5, "a/b": -1])
    #expect(MetricsRecord(jsonLine: record.jsonLine) == record)
    #expect(record.jsonLine.hasSuffix(",\"fact/a/b\":-1,\"fact/deepest_level\":2.5}\n"))
    #expect(record["fact/deepest_level"] == 2.5 && record["loss/entropy"] == 1.0 / 3 && record["fact/gold"] == nil)
    #expect(
      MetricsRecord(jsonLine: "{\"time\":1,\"step\":2,\"loss/policy\":null,\"old/name\":3}")
        == MetricsRecord(time: 1, step: 2, values: [:]))
    for wrong in ["", "{", "[]", "{\"time\":1}", "{\"time\":null,\"step\":1}", "{\"time\":1,\"step\":1.5}", "nonsense"]
    {
      #expect(MetricsRecord(jsonLine: wrong) == nil, "\(wrong)")
    }
  }

  @Test func aTornLastLineIsRemoved() throws {
    _ = try MetricsFile(path: file.path).write(time: 1, step: 1, values: [:])
    let whole = try file.text()
    try Data((whole + "{\"time\":2,\"st").utf8).write(to: file.url)
    #expect(try MetricsFile.lastRecord(of: file.path)?.step == 1)
    _ = try MetricsFile(path: file.path).write(time: 3, step: 3, values: [:])
    #expect(try file.text() == whole + "{\"time\":3,\"step\":3,\"session\":2}\n")
    #expect(try MetricsFile.lastRecord(of: file.path)?.step == 3)
  }

  @Test func aFileThatIsOneTornLineBecomesEmpty() throws {
    try Data("{\"time\":2,\"st".utf8).write(to: file.url)
    _ = try MetricsFile(path: file.path)
    #expect(try file.text().isEmpty)
    #expect(try MetricsFile.lastRecord(of: file.path) == nil)
  }

  @Test func theLastRecordOfALongFileIsFound() throws {
    let metrics = try MetricsFile(path: file.path)
    let values = Dictionary(uniqueKeysWithValues: MetricName.allCases.map { ($0, 0.1) })
    for step in 0..<100 { _ = metrics.write(time: 1, step: step, values: values) }
    #expect(try file.text().utf8.count > MetricsFile.maximumRecordBytes)
    #expect(try MetricsFile.lastRecord(of: file.path) == MetricsRecord(time: 1, step: 99, session: 1, values: values))
  }

  /// A run that was resumed from an earlier checkpoint repeats some of its steps; the later records are valid.
  @Test func recordsAreReadInTheOrderOfTheirSteps() throws {
    let metrics = try MetricsFile(path: file.path)
    for (time, step) in [(1.0, 10), (2, 20), (3, 30), (4, 15), (5, 30)] {
      _ = metrics.write(time: time, step: step, values: [:])
    }
    try Data((file.text() + "{\"time\":6,\"st").utf8).write(to: file.url)
    let records = try MetricsFile.records(of: file.path)
    #expect(records.map(\.step) == [10, 15, 30])
    #expect(records.map(\.time) == [1, 4, 5])
    #expect(throws: FileError.self) { try MetricsFile.records(of: "/nonexistent/metrics.jsonl") }
  }

  /// A later session's records replace an earlier one's from its first step on, that step included.
  @Test func theLaterSessionCounts() throws {
    for (session, steps) in [(1, [10, 20, 30]), (2, [20, 25]), (3, [25, 40])] {
      let metrics = try MetricsFile(path: file.path)
      #expect(metrics.session == session)
      for step in steps { _ = metrics.write(time: 1, step: step, values: [:]) }
    }
    let records = try MetricsFile.records(of: file.path)
    #expect(records.map(\.step) == [10, 20, 25, 40] && records.map(\.session) == [1, 2, 3, 3])
    #expect(MetricsRecord(jsonLine: "{\"time\":1,\"step\":2}")?.session == 0)
  }

  @Test func aFullDiskKeepsTheRecords() throws {
    let files = FaultyFileSystem()
    let metrics = try MetricsFile(path: file.path, files: files)
    files.follow(.from(1))
    #expect(metrics.write(time: 1, step: 1, values: [:], now: 0)?.hasPrefix("metrics cannot be written: ") == true)
    #expect(metrics.write(time: 2, step: 2, values: [:], now: 0.5) == nil)
    #expect(metrics.flush(now: 0.6) == 2 && metrics.failures == 2)
    files.follow(.never)
    #expect(metrics.write(time: 3, step: 3, values: [:], now: 9) == "metrics are written again, after 9 s")
    #expect(try MetricsFile.records(of: file.path).map(\.step) == [1, 2, 3])
  }

  @Test func failuresNameTheFile() throws {
    #expect(throws: FileError.self) { try MetricsFile(path: "/nonexistent/metrics.jsonl") }
    #expect(throws: FileError.self) { try MetricsFile.lastRecord(of: "/nonexistent/metrics.jsonl") }
  }

  @Test func namesAreStableInForm() {
    for name in MetricName.allCases {
      #expect(name.rawValue.wholeMatch(of: /[a-z]+\/[a-z_]+/) != nil, "\(name.rawValue)")
      #expect(!name.definition.unit.isEmpty && name.definition.meaning.hasSuffix("."))
    }
  }

  @Test func theReferencePageIsUpToDate() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let page = root.appending(path: "docs/metrics.md")
    if ProcessInfo.processInfo.environment["TENGU_WRITE_REFERENCE"] == "1" {
      try Data(MetricReference.markdown.utf8).write(to: page)
    }
    #expect(
      try String(contentsOf: page, encoding: .utf8) == MetricReference.markdown,
      "run: TENGU_WRITE_REFERENCE=1 swift test --filter Reference")
  }
}
