import Foundation

/// Metrics as an OpenTelemetry collector reads them: the body of a POST to /v1/metrics, in JSON.
///
/// Source: OpenTelemetry protocol 1.x, JSON encoding: 64-bit integers are texts of digits, and a temporality of 2 says
/// that sums count from the start.
struct OTLPRequest: Sendable {
  private static let cumulative = 2

  /// What describes the run, as attributes of the resource.
  let run: [(name: String, value: String)]
  /// The version of the program.
  let version: String
  /// When the learner started, in seconds since 1970: where counters begin.
  let start: Double

  private struct Body: Encodable {
    struct Resource: Encodable { let attributes: [Attribute] }
    struct Attribute: Encodable {
      struct Value: Encodable { let stringValue: String }
      let key: String
      let value: Value

      init(_ key: String, _ text: String) { (self.key, value) = (key, Value(stringValue: text)) }
    }
    struct Scope: Encodable { let name: String, version: String }
    struct ScopeMetrics: Encodable { let scope: Scope, metrics: [Metric] }
    struct ResourceMetrics: Encodable { let resource: Resource, scopeMetrics: [ScopeMetrics] }
    let resourceMetrics: [ResourceMetrics]
  }

  private struct Metric: Encodable {
    struct Point: Encodable { let startTimeUnixNano: String?, timeUnixNano: String, asDouble: Double }
    struct Gauge: Encodable { let dataPoints: [Point] }
    struct Sum: Encodable { let aggregationTemporality: Int, isMonotonic: Bool, dataPoints: [Point] }
    let name: String, description: String, unit: String
    let gauge: Gauge?
    let sum: Sum?
  }

  /// The body for several records, the oldest first. A value that is not finite is left out, because JSON has no number
  /// for it.
  func body(of records: [MetricsRecord]) -> Data {
    let facts = Set(records.flatMap(\.facts.keys)).sorted()
    let metrics =
      MetricName.allCases.compactMap { metric($0, in: records) } + facts.compactMap { fact($0, in: records) }
    let attributes = [("service.name", "tengu")] + run.map { ("tengu.\($0.name)", $0.value) }
    let body = Body(resourceMetrics: [
      Body.ResourceMetrics(
        resource: Body.Resource(attributes: attributes.map { Body.Attribute($0.0, $0.1) }),
        scopeMetrics: [Body.ScopeMetrics(scope: Body.Scope(name: "tengu", version: version), metrics: metrics)])
    ])
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Every value is finite, so nothing in the body can fail.
    return (try? encoder.encode(body)) ?? Data()
  }

  private func metric(_ name: MetricName, in records: [MetricsRecord]) -> Metric? {
    let isCounter = name.kind == .counter
    let points = records.compactMap { record -> Metric.Point? in
      guard let value = record.values[name], value.isFinite else { return nil }
      return Metric.Point(
        startTimeUnixNano: isCounter ? Self.nanoseconds(start) : nil, timeUnixNano: Self.nanoseconds(record.time),
        asDouble: value)
    }
    if points.isEmpty { return nil }
    let (unit, meaning) = name.definition
    return Metric(
      name: "tengu." + name.rawValue.replacing("/", with: "."), description: meaning, unit: unit,
      gauge: isCounter ? nil : Metric.Gauge(dataPoints: points),
      sum: isCounter
        ? Metric.Sum(aggregationTemporality: Self.cumulative, isMonotonic: true, dataPoints: points) : nil)
  }

  private func fact(_ name: String, in records: [MetricsRecord]) -> Metric? {
    let points = records.compactMap { record -> Metric.Point? in
      guard let value = record.facts[name], value.isFinite else { return nil }
      return Metric.Point(startTimeUnixNano: nil, timeUnixNano: Self.nanoseconds(record.time), asDouble: value)
    }
    if points.isEmpty { return nil }
    return Metric(
      name: "tengu.fact." + name.replacing("/", with: "."), description: "Mean of a fact of the last episodes.",
      unit: "1", gauge: Metric.Gauge(dataPoints: points), sum: nil)
  }

  private static func nanoseconds(_ seconds: Double) -> String {
    "\(UInt64(exactly: max(0, seconds * 1e6).rounded()).map { $0.multipliedReportingOverflow(by: 1000).partialValue } ?? 0)"
  }
}
