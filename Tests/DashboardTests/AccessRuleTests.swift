import Telemetry
import Testing

@testable import Dashboard

struct AccessRuleTests {
  private func request(_ path: String, _ fields: String...) throws -> HTTPRequest {
    let text = "GET \(path) HTTP/1.1\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n"
    return try #require(try HTTPRequest.read(Array(text.utf8)))
  }

  @Test(arguments: [
    ("127.0.0.1:80", true), ("127.1.2.3:0", true), ("localhost:8090", true), ("[::1]:8090", true), ("localhost", true),
    ("0.0.0.0:80", false), ("192.168.1.2:80", false), ("127.0.0.1.example.com:80", false), ("evil.example:80", false),
    ("", false), ("127.0.0:80", false), ("127.0.0.256:80", false),
  ])
  func loopbackIsToldByTheAddress(address: String, isLoopback: Bool) {
    #expect(AccessRule.isLoopback(address) == isLoopback)
  }

  /// A page of another site may make its own name mean 127.0.0.1, and its requests then carry that name.
  @Test func aRequestUnderAnotherNameIsRefused() throws {
    let rule = AccessRule(isLoopback: true)
    #expect(rule.token == nil)
    #expect(rule.verdict(on: try request("/api/runs", "Host: 127.0.0.1:8090")) == .allowed)
    #expect(rule.verdict(on: try request("/", "Host: LOCALHOST:8090")) == .allowed)
    #expect(rule.verdict(on: try request("/", "Host: evil.example:8090")) == .refused(.forbidden))
    #expect(rule.verdict(on: try request("/")) == .refused(.forbidden))
  }

  @Test func beyondLoopbackTheTokenIsNeeded() throws {
    let rule = AccessRule(isLoopback: false)
    let token = try #require(rule.token)
    #expect(token.count == 32 && token != AccessRule(isLoopback: false).token)
    #expect(rule.verdict(on: try request("/", "Host: 127.0.0.1")) == .refused(.unauthorised))
    #expect(rule.verdict(on: try request("/?token=\(token.dropLast())0x")) == .refused(.unauthorised))
    #expect(rule.verdict(on: try request("/?token=")) == .refused(.unauthorised))
    #expect(rule.verdict(on: try request("/?token=\(token)")) == .keep(cookie: "tengu-dashboard=\(token)"))
    #expect(rule.verdict(on: try request("/api/runs?token=\(token)")) == .refused(.unauthorised))
    #expect(rule.verdict(on: try request("/api/runs", "Cookie: a=b; tengu-dashboard=\(token)")) == .allowed)
    #expect(rule.verdict(on: try request("/api/runs", "Authorization: Bearer \(token)")) == .allowed)
    #expect(rule.verdict(on: try request("/api/runs", "Cookie: tengu-dashboard=")) == .refused(.unauthorised))
  }
}
