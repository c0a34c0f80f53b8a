import Foundation
import Runtime
import TestSupport
import Testing

@testable import Telemetry

@Suite struct HTTPRequestTests {
  private func read(_ text: String) throws -> HTTPRequest? { try HTTPRequest.read(Array(text.utf8)) }

  @Test func aRequestIsReadWhenItsHeadIsComplete() throws {
    let text = "GET /metrics?x=1 HTTP/1.1\r\nHost: a\r\nAccept: Text/Plain\r\n\r\n"
    for count in 0..<text.utf8.count { #expect(try HTTPRequest.read(Array(text.utf8.prefix(count))) == nil) }
    let request = try #require(try read(text))
    #expect(request.method == "GET" && request.path == "/metrics" && request.accept.contains("text/plain"))
    #expect(request.query == ["x": "1"] && request.field("host") == "a" && request.field("cookie") == "")
    #expect(try read("HEAD / HTTP/1.0\r\n\r\n")?.method == "HEAD")
  }

  /// Escapes are decoded once; what is no escape, and what a name repeats, changes nothing.
  @Test func aQueryIsReadWithItsEscapes() throws {
    let text = "GET /a?b=c%20d+e&f=%41%zz%4&b=second&=x&g&h=1=2&&%62%3d=%C3%A9 HTTP/1.1\r\nA\r\n : x\r\n\r\n"
    let query = try #require(try read(text)).query
    #expect(query == ["b": "c d e", "f": "A%zz%4", "": "x", "g": "", "h": "1=2", "b=": "\u{E9}"])
  }

  @Test(arguments: [
    ("GET  / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/2\r\n\r\n", 400), ("GET x HTTP/1.1\r\n\r\n", 400),
    ("\r\n\r\n", 400), ("GET /\u{0} HTTP/1.1\r\n\r\n", 400), ("POST / HTTP/1.1\r\n\r\n", 405),
    ("GET / HTTP/1.1\r\n" + String(repeating: "A: b\r\n", count: 70) + "\r\n", 431),
    (String(repeating: "x", count: 5000), 431),
  ])
  func whatIsNoRequestIsRefused(text: String, status: Int) {
    do {
      _ = try read(text)
      Issue.record("\(text.prefix(40)) was read")
    } catch {
      #expect((error as? HTTPRequest.Refusal)?.rawValue == status)
    }
  }
}

/// Real sockets of this machine; every wait ends with an answer.
@Suite struct MetricsEndpointTests {
  private func endpoint() throws -> MetricsEndpoint {
    try MetricsEndpoint(address: "127.0.0.1:0", run: [("run", "r")], intervalSeconds: 5)
  }

  /// The whole response to bytes that a client sends.
  private func response(_ request: String, from endpoint: MetricsEndpoint) throws -> String {
    let port = try #require(UInt16(endpoint.address.split(separator: ":").last ?? ""))
    let connection = try RawConnection(port: port)
    try connection.send(Array(request.utf8))
    return String(decoding: try connection.receiveAll(), as: UTF8.self)
  }

  private func sample() -> MetricsSample {
    MetricsSample(MetricsRecord(time: 1, step: 64, values: [.stepsTrained: 64]))
  }

  @Test func metricsAndHealthAreServed() throws {
    let endpoint = try endpoint()
    #expect(try response("GET /health HTTP/1.1\r\n\r\n", from: endpoint).contains("\"status\":\"starting\""))
    #expect(endpoint.write(sample(), now: MonotonicClock.seconds) == nil)
    let metrics = try response("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", from: endpoint)
    #expect(metrics.hasPrefix("HTTP/1.1 200 OK\r\n") && metrics.contains("version=0.0.4"))
    #expect(metrics.contains("tengu_run_steps_trained_total{run=\"r\"} 64"))
    let open = try response("GET /metrics HTTP/1.1\r\nAccept: application/openmetrics-text\r\n\r\n", from: endpoint)
    #expect(open.contains("openmetrics-text; version=1.0.0") && open.hasSuffix("# EOF\n"))
    #expect(try response("GET /health HTTP/1.1\r\n\r\n", from: endpoint).contains("\"status\":\"ok\",\"step\":64"))
    #expect(try response("HEAD /metrics HTTP/1.1\r\n\r\n", from: endpoint).hasSuffix("\r\n\r\n"))
    #expect(endpoint.close(now: 0) == 0 && endpoint.failures == 0)
  }

  @Test func otherRequestsAreRefused() throws {
    let endpoint = try endpoint()
    #expect(try response("GET /secret HTTP/1.1\r\n\r\n", from: endpoint).hasPrefix("HTTP/1.1 404 "))
    let wrong = try response("POST /metrics HTTP/1.1\r\n\r\n", from: endpoint)
    #expect(wrong.hasPrefix("HTTP/1.1 405 ") && wrong.contains("Allow: GET, HEAD"))
    #expect(try response(String(repeating: "a", count: 4096), from: endpoint).hasPrefix("HTTP/1.1 431 "))
    _ = endpoint.close(now: 0)
  }

  @Test func aLearnerWithoutRecordsIsStalled() throws {
    let request = try #require(try HTTPRequest.read(Array("GET /health HTTP/1.1\r\n\r\n".utf8)))
    let exposition = Exposition(run: [])
    func status(_ age: Double) -> Int {
      MetricsEndpoint.answer(request, exposition, sample().record, age: age, stalledSeconds: 25).status
    }
    #expect(status(24) == 200 && status(26) == 503)
  }

  @Test func aPortThatIsTakenIsRefusedAndFreeAfterTheEnd() throws {
    let first = try endpoint()
    #expect(throws: FileError.self) { try MetricsEndpoint(address: first.address, run: [], intervalSeconds: 1) }
    #expect(throws: FileError.self) { try MetricsEndpoint(address: "192.0.2.1:0", run: [], intervalSeconds: 1) }
    _ = first.close(now: 0)
    // Another process may take the port in between, but not every time.
    let isFree = try (0..<10).contains { _ in
      let before = try endpoint()
      _ = before.close(now: 0)
      guard let after = try? MetricsEndpoint(address: before.address, run: [], intervalSeconds: 1) else { return false }
      _ = after.close(now: 0)
      return after.address == before.address
    }
    #expect(isFree)
  }
}
