import FakeLanguageModel
import Judging
import Testing

@testable import LanguageModelClient

@Suite struct LanguageModelPoolTests {
  @Test func anAnswerComesWithItsAlternativesItsTokensAndWhereItIsFrom() async throws {
    let setup = try Setup()
    let answer = try await setup.pool.answer(.yesOrNo, deadlineSeconds: amplySeconds)
    #expect(answer.text == "Yes" && answer.model == "fake-1b" && answer.server == setup.server.url)
    #expect(answer.tokens.map(\.text) == ["Yes"])
    #expect(answer.tokens[0].alternatives.map(\.text) == ["Yes", "No", "Maybe"])
    #expect(answer.tokens[0].alternatives.map(\.logProbability) == [-0.25, -1.75, -3.5])
    #expect(answer.promptTokens == 11 && answer.answerTokens == 1 && answer.latencySeconds > 0)
    let counts = setup.pool.statistics
    #expect(counts.asked == 1 && counts.answered == 1 && counts.inFlight == 0 && counts.promptTokens == 11)
    #expect(counts.servers.map(\.breaker) == [.closed] && counts.servers[0].model == "fake-1b")
  }

  @Test func completionsAreAskedInTheirOwnWay() async throws {
    let setup = try Setup()
    let question = ModelQuestion(.completion("Is it?"), maximumTokens: 1, topAlternatives: 3)
    let answer = try await setup.pool.answer(question, deadlineSeconds: amplySeconds)
    #expect(answer.text == "Yes" && answer.tokens[0].alternatives.map(\.text) == ["Yes", "No", "Maybe"])
  }

  @Test func manyQuestionsAreUnderWayAtOnceAndNoMoreThanAllowed() async throws {
    let setup = try Setup { $0.requestsPerServer = 32 }
    _ = await setup.ask()
    // No question is answered until all places are taken; the rest are answered at once.
    let server = setup.server
    server.handle { request in server.counts.mostPending < 32 ? .silence : FakeModel().reply(to: request) }
    let tasks = (0..<100).map { _ in Task { await setup.ask() } }
    #expect(await eventually { setup.server.counts.pending == 32 && setup.pool.statistics.inFlight == 100 })
    #expect(setup.pool.statistics.servers[0].inFlight == 32 && setup.isAccountedFor)
    for task in tasks { task.cancel() }
    for task in tasks { #expect(await task.value.failureName == "cancelled") }
    #expect(server.counts.mostPending == 32)
    let counts = setup.pool.statistics
    #expect(counts.cancelled == 100 && counts.inFlight == 0 && setup.isAccountedFor)
    #expect(await eventually { server.counts.openConnections <= 1 && setup.pool.statistics.servers[0].inFlight == 0 })
  }

  @Test func aClosedPoolCancelsWhatItHasAndWhatComes() async throws {
    let setup = try Setup { $0.requestsPerServer = 2 }
    _ = await setup.ask()
    setup.server.handle { _ in .silence }
    let tasks = (0..<5).map { _ in Task { await setup.ask() } }
    #expect(await eventually { setup.server.counts.pending == 2 && setup.pool.statistics.inFlight == 5 })
    setup.pool.close()
    for task in tasks { #expect(await task.value.failureName == "cancelled") }
    #expect(await setup.ask().failureName == "cancelled")
    #expect(await eventually { setup.server.counts.openConnections == 0 })
    #expect(setup.isAccountedFor && setup.pool.statistics.inFlight == 0)
    setup.pool.close()
  }

  @Test func aPoolThatIsDroppedEndsItsConnections() async throws {
    let server = try FakeLanguageModelServer { FakeModel().reply(to: $0) }
    do {
      let pool = try LanguageModelPool(LanguageModelOptions(servers: [server.url]) { _ in })
      _ = try await pool.answer(.yesOrNo, deadlineSeconds: amplySeconds)
      #expect(server.counts.openConnections > 0)
    }
    #expect(await eventually { server.counts.openConnections == 0 })
  }

  @Test func theDeadlineCoversTheWaitForAPlace() async throws {
    let setup = try Setup { $0.requestsPerServer = 1 }
    _ = await setup.ask()
    setup.server.handle { _ in .silence }
    let first = Task { await setup.ask() }
    #expect(await eventually { setup.server.counts.pending == 1 })
    #expect(await setup.ask(deadlineSeconds: 0.1).failureName == "unavailable")
    #expect(await setup.ask(deadlineSeconds: 0).failureName == "unavailable")
    #expect(await setup.ask(deadlineSeconds: .nan).failureName == "unavailable")
    first.cancel()
    #expect(await first.value.failureName == "cancelled")
    #expect(setup.isAccountedFor)
  }

  @Test func questionsGoToTheServerThatWorks() async throws {
    let setup = try Setup([FakeModel(), FakeModel()])
    setup.servers[0].stop()
    for _ in 0..<20 {
      let answer = try await setup.pool.answer(.yesOrNo, deadlineSeconds: amplySeconds)
      #expect(answer.server == setup.servers[1].url)
    }
    // The one that was out gets its share again: as long as questions come, it is probed.
    setup.servers[0].start()
    #expect(
      await eventually {
        if case .success(let answer) = await setup.ask() { answer.server == setup.servers[0].url } else { false }
      })
    #expect(setup.isAccountedFor)
  }

  @Test func aQuestionThatFailsAtOneServerIsAskedAtAnother() async throws {
    let setup = try Setup([FakeModel(), FakeModel()]) {
      $0.breaker.consecutiveFailures = 1000
      $0.breaker.window = 1000
    }
    #expect(
      await eventually {
        await setup.ask().text == "Yes" && setup.pool.statistics.servers.allSatisfy { $0.breaker == .closed }
      })
    for fault in [FakeFault.internalError, .invalidJSON, .redirect, .cutMidBody] {
      let before = setup.pool.statistics.retried
      setup.servers[0].handle { _ in fault.reply() }
      for _ in 0..<4 { #expect(await setup.ask().text == "Yes", "\(fault)") }
      #expect(setup.pool.statistics.retried > before, "\(fault)")
    }
    #expect(setup.pool.statistics.answered == setup.pool.statistics.asked)
  }

  @Test(arguments: ["no-scheme:80", "ftp://host", "http://", "http://a b", "http://host:999999"])
  func addressesThatAreNoneAreRefused(address: String) {
    #expect {
      _ = try LanguageModelPool(LanguageModelOptions(servers: [address]) { _ in })
    } throws: { error in
      if case .address = error as? ClientError { true } else { false }
    }
  }

  @Test func addressesAreBroughtIntoOneForm() throws {
    let address = try ServerAddress("http://h:8000/v1/")
    #expect(address.url(address.bases[0], "/models") == "http://h:8000/v1/models" && address.bases.count == 1)
    #expect(address.description == "http://h:8000")
    #expect(try ServerAddress("HTTPS://h/openai/v1").url("/openai/v1", "/models") == "https://h/openai/v1/models")
    #expect(
      try ServerAddress("http://h").bases == ["/v1", ""] && ServerAddress("http://h/a").bases == ["/a", "/a/v1"])
    let dated = try ServerAddress("https://h/openai/v1?api-version=2024-10-21")
    #expect(dated.url("/openai/v1", "/models") == "https://h/openai/v1/models?api-version=2024-10-21")
    #expect(try ServerAddress("http://[::1]:80").description == "http://[::1]:80")
    #expect(try ServerAddress("http://[::1]:80").isLoopback && ServerAddress("http://127.0.0.1").isLoopback)
    #expect(try !ServerAddress("http://10.0.0.1").isLoopback)
  }

  @Test func optionsOutOfRangeAreNamed() {
    func expectRefusal(_ name: String, _ change: (inout LanguageModelOptions) -> Void) {
      var options = LanguageModelOptions(servers: ["http://h"]) { _ in }
      change(&options)
      #expect { try options.validate() } throws: { "\($0)".contains(name) }
    }
    expectRefusal("servers") { $0.servers = [] }
    expectRefusal("requestsPerServer") { $0.requestsPerServer = 0 }
    expectRefusal("requestTimeoutSeconds") { $0.requestTimeoutSeconds = .nan }
    expectRefusal("connectTimeoutSeconds") { $0.connectTimeoutSeconds = 0 }
    expectRefusal("failingShare") { $0.breaker.failingShare = 0 }
    expectRefusal("periods") { $0.breaker.maximumOpenSeconds = .infinity }
  }
}
