import Runtime
import Synchronization

/// A run's newest metrics over HTTP: `/metrics` for Prometheus and `/health` for what restarts learners. Read-only.
public final class MetricsEndpoint: MetricsSink {
  /// Seconds without a sample after which the learner counts as stalled, beyond three intervals.
  static let graceSeconds = 10.0

  /// The newest record, which the server's thread reads.
  private final class Newest: Sendable {
    /// The record, and when it arrived, by the monotonic clock.
    let state: Mutex<(record: MetricsRecord?, arrived: Double)>

    init(now: Double) { state = Mutex((nil, now)) }
  }

  /// HOST:PORT that it listens on.
  public var address: String { server.address }
  private let newest: Newest
  private let server: HTTPServer

  /// Listens, and starts the server.
  /// - Parameters:
  ///   - address: HOST:PORT; port 0 takes a free port.
  ///   - run: labels of the run; the first is a label of every metric.
  ///   - intervalSeconds: between two samples.
  /// - Throws: what `HTTPServer.init` throws.
  public init(
    address: String, run: [(name: String, value: String)], intervalSeconds: Double, now: Double = MonotonicClock.seconds
  ) throws {
    let newest = Newest(now: now)
    self.newest = newest
    let stalledSeconds = 3 * intervalSeconds + Self.graceSeconds
    let exposition = Exposition(run: run)
    server = try HTTPServer(address: address, subject: "metrics", option: "telemetry.prometheus") { request in
      let (record, age) = newest.state.withLock { ($0.record, MonotonicClock.seconds - $0.arrived) }
      return Self.answer(request, exposition, record, age: age, stalledSeconds: stalledSeconds)
    }
  }

  public func write(_ sample: MetricsSample, now: Double) -> String? {
    newest.state.withLock { $0 = (sample.record, now) }
    return server.takeNotice()
  }

  public func close(now: Double) -> Int {
    server.close()
    return 0
  }

  public var failures: Int { server.failures }

  /// The answer to a request.
  /// - Parameters:
  ///   - age: seconds since the newest record, or since the start.
  static func answer(
    _ request: HTTPRequest, _ exposition: Exposition, _ record: MetricsRecord?, age: Double, stalledSeconds: Double
  ) -> HTTPResponse {
    switch request.path {
    case "/metrics":
      let format: Exposition.Format =
        request.accept.contains("application/openmetrics-text") ? .openMetrics : .prometheus
      return HTTPResponse(contentType: format.contentType, body: exposition.text(of: record, as: format).utf8)
    case "/health":
      let isStalled = age > stalledSeconds
      let status = isStalled ? "stalled" : record == nil ? "starting" : "ok"
      let text =
        "{\"status\":\"\(status)\",\"step\":\(record?.step ?? 0),\"seconds_since_record\":\(Int(saturating: age))}\n"
      var response = isStalled ? HTTPResponse(.unavailable) : HTTPResponse(contentType: "", body: [])
      (response.contentType, response.body) = ("application/json", Array(text.utf8))
      return response
    default: return HTTPResponse(.notFound)
    }
  }
}
