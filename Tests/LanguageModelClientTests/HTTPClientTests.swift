import FakeLanguageModel
import Foundation
import Testing

@testable import LanguageModelClient

@Suite struct HTTPClientTests {
  private func request(
    _ url: String, body: String? = "{}", timeoutSeconds: Double = amplySeconds
  ) -> HTTPRequest {
    HTTPRequest(
      url: url, body: body.map { Data($0.utf8) }, headers: ["X-Test: 1", "Expect:"],
      connectTimeoutSeconds: amplySeconds,
      timeoutSeconds: timeoutSeconds)
  }

  /// A body so long that libcurl would first ask for permission to send it.
  @Test func longRequestsAreSentWithoutAsking() async throws {
    let server = try FakeLanguageModelServer {
      .json(["got": $0.body.count, "expect": $0.headers["expect"] ?? "none"])
    }
    let client = try HTTPClient()
    let body = String(repeating: "x", count: 3 << 20)
    let answer = try await client.send(request("\(server.url)/v1/x", body: body)).get()
    let got = try #require(JSONSerialization.jsonObject(with: answer.body) as? [String: Any])
    #expect(got["got"] as? Int == 3 << 20 && got["expect"] as? String == "none")
  }

  @Test func postAndGetAreTold() async throws {
    let server = try FakeLanguageModelServer {
      .json(["got": "\($0.method) \($0.path) \($0.headers["x-test"] ?? "") \($0.body.count)"])
    }
    let client = try HTTPClient()
    #expect(
      try await client.send(request("\(server.url)/a", body: "12345")).get().body
        == Data("{\"got\":\"POST \\/a 1 5\"}".utf8))
    #expect(
      try await client.send(request("\(server.url)/b", body: nil)).get().body == Data("{\"got\":\"GET \\/b 1 0\"}".utf8)
    )
  }

  @Test func hundredsOfRequestsAreUnderWayAtOnce() async throws {
    let server = try FakeLanguageModelServer { _ in .silence }
    let client = try HTTPClient()
    let url = server.url
    let tasks = (0..<256).map { _ in Task { await client.send(request(url)) } }
    #expect(await eventually { server.counts.pending == 256 })
    server.stop()
    for task in tasks {
      guard case .failure(.unreachable) = await task.value else {
        Issue.record("a broken connection is no answer")
        continue
      }
    }
  }

  @Test func connectionsAreKept() async throws {
    let server = try FakeLanguageModelServer { _ in .json("{}") }
    let client = try HTTPClient()
    for _ in 0..<20 { #expect(try await client.send(request(server.url)).get().status == 200) }
    // libcurl closes a connection that was idle for two minutes, which a starved machine may reach.
    #expect(server.counts.connections <= 10 && server.counts.requests == 20)
  }

  @Test func cancellingEndsTheWaitAndTheConnection() async throws {
    let server = try FakeLanguageModelServer { _ in .silence }
    let client = try HTTPClient()
    let url = server.url
    let tasks = (0..<20).map { _ in Task { await client.send(request(url)) } }
    #expect(await eventually { server.counts.pending == 20 })
    for task in tasks { task.cancel() }
    for task in tasks { #expect(await task.value == .failure(.cancelled)) }
    #expect(await eventually { server.counts.openConnections == 0 })
    // One that is cancelled before it begins.
    let late = Task {
      while !Task.isCancelled { await Task.yield() }
      return await client.send(request(url))
    }
    late.cancel()
    #expect(await late.value == .failure(.cancelled))
  }

  @Test func closingEndsWhatIsUnderWayAndWhatComes() async throws {
    let server = try FakeLanguageModelServer { _ in .silence }
    let client = try HTTPClient()
    let url = server.url
    let task = Task { await client.send(request(url)) }
    #expect(await eventually { server.counts.pending == 1 })
    client.close()
    #expect(await task.value == .failure(.cancelled))
    #expect(await client.send(request(url)) == .failure(.cancelled))
    client.close()
  }

  @Test func timeoutsAreTold() async throws {
    let server = try FakeLanguageModelServer { _ in .silence }
    let client = try HTTPClient()
    #expect(await client.send(request(server.url, timeoutSeconds: 0.05)) == .failure(.timeout))
    server.handle { _ in FakeFault.drip.reply() }
    #expect(await client.send(request(server.url, timeoutSeconds: 0.05)) == .failure(.timeout))
  }

  @Test func longAnswersAreCut() async throws {
    let server = try FakeLanguageModelServer { _ in FakeFault.hugeBody.reply() }
    let client = try HTTPClient()
    let cut = HTTPCall.Outcome.failure(.tooLong(bytes: HTTPRequest.maximumBodyBytes))
    #expect(await client.send(request(server.url)) == cut)
    server.handle { _ in FakeFault.hugeDeclaredBody.reply() }
    #expect(await client.send(request(server.url)) == cut)
    server.handle { _ in FakeFault.hugeHeader.reply() }
    #expect(await client.send(request(server.url)) == cut)
    // Exactly as long as is allowed.
    let body = Data(repeating: 0x20, count: HTTPRequest.maximumBodyBytes)
    server.handle { _ in .answer(status: 200, body: body) }
    #expect(try await client.send(request(server.url)).get().body.count == body.count)
    server.handle { _ in .answer(status: 200, body: body + [0x20]) }
    #expect(await client.send(request(server.url)) == cut)
    #expect(await eventually { server.counts.pending == 0 })
  }

  @Test func redirectsAreNotFollowed() async throws {
    let other = try FakeLanguageModelServer { _ in .json("{}") }
    let location = "Location: \(other.url)/"
    let server = try FakeLanguageModelServer { _ in .answer(status: 307, headers: [location], body: Data()) }
    let client = try HTTPClient()
    #expect(try await client.send(request(server.url)).get().status == 307)
    #expect(other.counts.connections == 0)
  }

  @Test func retryAfterIsRead() async throws {
    let server = try FakeLanguageModelServer { _ in .answer(status: 429, headers: ["Retry-After: 7"], body: Data()) }
    let client = try HTTPClient()
    #expect(try await client.send(request(server.url)).get().retryAfterSeconds == 7)
    server.handle { _ in .answer(status: 503, body: Data()) }
    #expect(try await client.send(request(server.url)).get().retryAfterSeconds == nil)
  }

  @Test func nothingIsSentUnencryptedToAServerThatShouldBeEncrypted() async throws {
    let server = try FakeLanguageModelServer { _ in .json("{}") }
    let client = try HTTPClient()
    // The server ignores the handshake and does not answer.
    guard case .failure = await client.send(request("https://127.0.0.1:\(server.port)/", timeoutSeconds: 0.3)) else {
      Issue.record("an answer without a certificate")
      return
    }
    #expect(server.counts.requests == 0)
  }

  @Test(arguments: ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "dict://127.0.0.1/"])
  func otherProtocolsAreNotSpoken(url: String) async throws {
    let client = try HTTPClient()
    guard case .failure = await client.send(request(url, body: nil)) else {
      Issue.record("\(url) was read")
      return
    }
  }
}
