import Testing

@testable import Transport

@Suite struct EndpointTests {
  @Test(arguments: [
    ("127.0.0.1:5555", Endpoint.tcp(host: "127.0.0.1", port: 5555), true),
    ("tcp://127.0.0.1:0", .tcp(host: "127.0.0.1", port: 0), true),
    ("127.8.9.10:1", .tcp(host: "127.8.9.10", port: 1), true),
    ("localhost:65535", .tcp(host: "localhost", port: 65_535), true),
    ("[::1]:80", .tcp(host: "::1", port: 80), true),
    ("inproc://serial", .inproc("serial"), true),
    ("*:5555", .tcp(host: "*", port: 5555), false),
    ("0.0.0.0:5555", .tcp(host: "0.0.0.0", port: 5555), false),
    ("[::]:5555", .tcp(host: "::", port: 5555), false),
    ("127.example.org:1", .tcp(host: "127.example.org", port: 1), false),
    ("learner.example.org:5555", .tcp(host: "learner.example.org", port: 5555), false),
  ])
  func parses(text: String, endpoint: Endpoint, loopback: Bool) throws {
    let parsed = try Endpoint(text)
    #expect(parsed == endpoint)
    #expect(parsed.isLoopback == loopback)
    #expect(try Endpoint(parsed.description) == parsed)
  }

  @Test(arguments: [
    "", "localhost", ":5555", "host:", "host:abc", "host:65536", "host:-1", "host:+1", "host:５", "::1:80", "[::1:80",
    "ipc:///tmp/x", "udp://h:1", "inproc://", "a b:1", "a;b:1", "host\n:1", "tcp://",
  ])
  func refuses(text: String) {
    #expect(throws: TransportError.self) { try Endpoint(text) }
  }
}
