import Foundation
import Synchronization
import Testing

@testable import Telemetry

@Suite struct OTLPTests {
  private let request = OTLPRequest(run: [("run", "a \"b\""), ("task", "Corridor")], version: "1.2", start: 1000)

  private func record(_ step: Int, _ values: [MetricName: Double], time: Double = 1001.5) -> MetricsRecord {
    MetricsRecord(time: time, step: step, values: values)
  }

  private func metrics(_ records: [MetricsRecord]) throws -> [[String: Any]] {
    let body = try #require(try JSONSerialization.jsonObject(with: request.body(of: records)) as? [String: Any])
    let resource = try #require((body["resourceMetrics"] as? [[String: Any]])?.first)
    let scope = try #require((resource["scopeMetrics"] as? [[String: Any]])?.first)
    return try #require(scope["metrics"] as? [[String: Any]])
  }

  @Test func countersAreSumsFromTheStartAndOthersGauges() throws {
    let found = try metrics([
      record(1, [.stepsTrained: 64, .entropy: 0.5]), record(2, [.stepsTrained: 128], time: 1002),
    ])
    let steps = try #require(found.first { $0["name"] as? String == "tengu.run.steps_trained" })
    let sum = try #require(steps["sum"] as? [String: Any])
    #expect(sum["aggregationTemporality"] as? Int == 2 && sum["isMonotonic"] as? Bool == true)
    let points = try #require(sum["dataPoints"] as? [[String: Any]])
    #expect(points.map { $0["asDouble"] as? Double } == [64, 128])
    #expect(points.map { $0["timeUnixNano"] as? String } == ["1001500000000", "1002000000000"])
    #expect(points.allSatisfy { $0["startTimeUnixNano"] as? String == "1000000000000" })
    let entropy = try #require(found.first { ($0["name"] as? String)?.hasSuffix("entropy") == true })
    #expect(entropy["sum"] == nil && entropy["gauge"] != nil)
    #expect((entropy["unit"] as? String)?.isEmpty == false && (entropy["description"] as? String)?.isEmpty == false)
  }

  @Test func factsAreGauges() throws {
    var record = record(1, [:])
    record.facts = ["deepest_level": 2, "share": .nan]
    let found = try metrics([record])
    #expect(found.map { $0["name"] as? String } == ["tengu.fact.deepest_level"] && found[0]["gauge"] != nil)
  }

  @Test func whatIsNotFiniteIsLeftOut() throws {
    #expect(try metrics([record(1, [.entropy: .nan, .stepsTrained: .infinity])]).isEmpty)
  }

  @Test func theRunIsDescribed() throws {
    let text = String(decoding: request.body(of: [record(1, [.stepsTrained: 1])]), as: UTF8.self)
    #expect(text.contains(#""key":"service.name","value":{"stringValue":"tengu"}"#))
    #expect(text.contains(#""key":"tengu.run","value":{"stringValue":"a \"b\""}"#))
  }

  @Test func statusesAreUnderstood() {
    #expect(MetricsPost.outcome(status: 200) == .accepted)
    for status in [429, 502, 503, 504] {
      guard case .later = MetricsPost.outcome(status: status) else { return #expect(Bool(false), "\(status)") }
    }
    for status in [0, 301, 400, 404, 500] {
      guard case .refused = MetricsPost.outcome(status: status) else { return #expect(Bool(false), "\(status)") }
    }
  }

  /// A receiver whose answers a test decides.
  private final class Receiver: Sendable {
    let got = Mutex<[[Int]]>([])
    let outcomes: Mutex<[PostOutcome]>
    let called = DispatchSemaphore(value: 0)

    init(_ outcomes: [PostOutcome]) { self.outcomes = Mutex(outcomes) }

    func post(_ records: [MetricsRecord]) -> PostOutcome {
      got.withLock { $0.append(records.map(\.step)) }
      defer { called.signal() }
      return outcomes.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
    }
  }

  @Test func recordsArriveInTheirOrder() {
    let receiver = Receiver([.accepted])
    let sink = OTLPSink { receiver.post($0) }
    for step in 1...5 { _ = sink.write(MetricsSample(record(step, [:])), now: 0) }
    #expect(sink.close(now: 0) == 0)
    #expect(receiver.got.withLock { $0.flatMap { $0 } } == [1, 2, 3, 4, 5])
    #expect(sink.failures == 0)
  }

  @Test func aMissingCollectorIsNamedOnceAndNothingWaitsForIt() {
    let receiver = Receiver([.later("nobody listens")])
    let sink = OTLPSink { receiver.post($0) }
    _ = sink.write(MetricsSample(record(0, [:])), now: 0)
    receiver.called.wait()
    // The thread notes the failure after the call; a later write brings the line.
    var notices: [String] = []
    for step in 1...OTLPSink.maximumWaiting + 9 {
      notices += [sink.write(MetricsSample(record(step, [:])), now: 0)].compactMap { $0 }
      if notices.isEmpty { Thread.sleep(forTimeInterval: 0.001) }
    }
    #expect(sink.dropped == 10)
    let missing = sink.close(now: 0)
    #expect(missing == OTLPSink.maximumWaiting + 10)
    #expect(notices.count <= 1 && notices.allSatisfy { $0.contains("nobody listens") })
    #expect(sink.failures >= 1)
  }

  @Test func whatIsRefusedIsDroppedAndCounted() {
    let receiver = Receiver([.refused("the collector refuses them with status 400")])
    let sink = OTLPSink { receiver.post($0) }
    _ = sink.write(MetricsSample(record(1, [:])), now: 0)
    #expect(sink.close(now: 0) == 1)
    #expect(sink.dropped == 1 && sink.failures == 1)
  }

  @Test func anAddressWhereNobodyListensIsTriedLater() throws {
    let post = try #require(MetricsPost(url: "http://127.0.0.1:1/v1/metrics"))
    guard case .later(let reason) = post.post(Data("{}".utf8)) else { return #expect(Bool(false)) }
    #expect(!reason.isEmpty)
  }
}
