import FakeLanguageModel
import Judging
import Synchronization
import Testing

@testable import LanguageModelClient

/// Every fault against the real client: what the question ends as, that nothing is invented, and that the next question
/// is answered once the fault is gone.
@Suite struct FaultTests {
  private func expected(_ fault: FakeFault) -> String {
    switch fault {
    case .hang, .drip, .cutMidBody, .cutBeforeBody, .tooManyRequests, .internalError, .loading, .badGateway:
      "unavailable"
    // An error in a success counts as status 500.
    case .errorInsteadOfAnswer: "unavailable"
    case .redirect: "refused"
    // What is wrong with log-probabilities does not affect the text.
    case .positiveLogProbability, .endlessLogProbability, .unequalCounts: "answered"
    default: "malformed"
    }
  }

  @Test(arguments: FakeFault.allCases) func aFaultEndsAsWhatItIs(fault: FakeFault) async throws {
    let setup = try Setup()
    #expect(await setup.ask().text == "Yes")
    setup.server.handle { _ in fault.reply() }
    let expected = expected(fault)
    // Retryable faults end with the deadline, the others at once.
    let answer = await setup.ask(deadlineSeconds: expected == "unavailable" ? 0.3 : amplySeconds)
    if expected == "answered" {
      #expect(try answer.get().text == "Yes" && answer.get().tokens.isEmpty)
    } else {
      #expect(answer.failureName == expected, "\(answer)")
    }
    setup.server.handle { FakeModel().reply(to: $0) }
    #expect(await setup.ask().text == "Yes")
    #expect(setup.isAccountedFor && setup.pool.statistics.inFlight == 0)
    #expect(setup.pool.statistics.answered == (expected == "answered" ? 3 : 2))
  }

  @Test func aClosedPortIsUnavailableAndNamesTheServer() async throws {
    let setup = try Setup()
    setup.server.stop()
    let task = Task { await setup.ask() }
    #expect(await eventually { setup.lines.text.contains(setup.server.url) })
    guard case .failure(.unavailable(let text)) = await setup.ask(deadlineSeconds: 0.01) else {
      Issue.record("an answer without a server")
      return
    }
    #expect(text.contains(setup.server.url))
    setup.server.start()
    #expect(await task.value.text == "Yes")
  }

  @Test(arguments: ["Yes No", "", "FOO BAR FOO", "yes\\nNo"]) func whateverTheTextSaysIsHandedOver(text: String)
    async throws
  {
    let setup = try Setup()
    _ = await setup.ask()
    setup.server.handle { _ in .json(FakeFault.chat(text)) }
    #expect(await setup.ask().text == text.replacing("\\n", with: "\n"))
  }

  @Test func aFaultThatPassesCostsARetryAndNoAnswer() async throws {
    let setup = try Setup()
    _ = await setup.ask()
    let start = setup.server.counts.requests
    setup.server.handle { $0.index < start + 2 ? FakeFault.loading.reply() : FakeModel().reply(to: $0) }
    #expect(await setup.ask().text == "Yes")
    // Whether the question itself or a probe met the second fault depends on who was first.
    #expect((1...2).contains(setup.pool.statistics.retried))
    #expect(setup.server.counts.requests >= start + 3 && setup.pool.statistics.failed == 0)
  }

  @Test(arguments: [400, 401, 403, 404, 422]) func whatIsRefusedForGoodIsNotAskedAgain(status: Int) async throws {
    let setup = try Setup()
    _ = await setup.ask()
    let start = setup.server.counts.requests
    setup.server.handle { _ in .json(["error": ["message": "not\nso \(status)"]], status: status) }
    let plain = ModelQuestion(.chat([ChatMessage(.user, "x")]), maximumTokens: 1)
    let answer = await setup.ask(plain)
    guard case .failure(.refused(let server, status, let text)) = answer else {
      Issue.record("\(answer)")
      return
    }
    #expect(server == setup.server.url && text.hasPrefix("not so \(status)"))
    // A probe may come in between on a busy machine.
    #expect(setup.pool.statistics.retried == 0 && setup.server.counts.requests > start)
  }

  @Test func anOutageOpensTheBreakerAndItsEndBringsAnswers() async throws {
    let setup = try Setup { $0.breaker.consecutiveFailures = 3 }
    for round in 0..<3 {
      #expect(await setup.ask().text == "Yes", "round \(round)")
      setup.server.stop()
      let task = Task { await setup.ask() }
      #expect(await eventually { setup.pool.statistics.servers[0].breaker != .closed }, "round \(round)")
      setup.server.start()
      #expect(await task.value.text == "Yes", "round \(round)")
    }
    #expect(setup.pool.statistics.servers[0].breaker == .closed)
    // A server may be lost more than once an outage on a busy machine; each loss and each return is logged once.
    let losses = setup.lines.all.count { $0.contains("breaker open") }
    #expect(losses >= 3 && setup.lines.all.count { $0.contains("breaker closed") } == losses + 1)
    #expect(setup.isAccountedFor && setup.pool.statistics.answered == setup.pool.statistics.asked)
  }

  /// Time passes between any two looks at the clock; what becomes due in between is not lost.
  @Test func aServerThatIsOutIsProbedAgainAndAgain() async throws {
    let looks = Mutex(0)
    let clock = PoolClock {
      looks.withLock { looks in
        looks += 1
        return 0.01 * Double(looks)
      }
    }
    let setup = try Setup(clock: clock) {
      $0.breaker.consecutiveFailures = 1
      $0.breaker.maximumOpenSeconds = 0.05
    }
    for round in 0..<3 {
      #expect(await setup.ask().text == "Yes", "round \(round)")
      setup.server.stop()
      let before = looks.withLock { $0 }
      let task = Task { await setup.ask() }
      #expect(await eventually { looks.withLock { $0 } > before + 60 }, "round \(round)")
      setup.server.start()
      #expect(await task.value.text == "Yes", "round \(round)")
    }
  }

  @Test func aServerThatSwallowsRequestsOpensTheBreakerAndIsFoundAgain() async throws {
    let setup = try Setup {
      $0.breaker.consecutiveFailures = 2
      $0.breaker.probePatienceSeconds = 0.05
      $0.requestTimeoutSeconds = 0.25
    }
    #expect(await setup.ask().text == "Yes")
    setup.server.handle { _ in .silence }
    let tasks = (0..<8).map { _ in Task { await setup.ask() } }
    #expect(await eventually { setup.pool.statistics.servers[0].breaker != .closed })
    setup.server.handle { FakeModel().reply(to: $0) }
    for task in tasks { #expect(await task.value.text == "Yes") }
    #expect(setup.isAccountedFor)
  }

  @Test func anOpenBreakerKeepsQuestionsAway() async throws {
    let setup = try Setup {
      $0.breaker.consecutiveFailures = 1
      $0.breaker.firstOpenSeconds = 3600
      $0.breaker.maximumOpenSeconds = 3600
    }
    _ = await setup.ask()
    setup.server.handle { _ in FakeFault.internalError.reply() }
    let task = Task { await setup.ask() }
    #expect(await eventually { setup.pool.statistics.servers[0].breaker == .open })
    task.cancel()
    #expect(await task.value.failureName == "cancelled")
    let requests = setup.server.counts.requests
    for _ in 0..<5 { #expect(await setup.ask(deadlineSeconds: 0.01).failureName == "unavailable") }
    #expect(setup.server.counts.requests == requests)
  }
}
