import FakeLanguageModel
import Judging
import Synchronization
import Testing

@testable import LanguageModelClient

@Suite struct DiscoveryTests {
  private func model(_ change: (inout FakeModel) -> Void) -> FakeModel {
    var model = FakeModel()
    change(&model)
    return model
  }

  private var choice: ModelQuestion {
    ModelQuestion(
      .chat([ChatMessage(.user, "Is it?")]), maximumTokens: 4, topAlternatives: 20, choices: ["FOO", "BAR"])
  }

  @Test(arguments: AnswerConstraint.allCases) func theWayThatHoldsIsFound(constraint: AnswerConstraint) async throws {
    let setup = try Setup([model { $0.honours = [constraint.rawValue] }])
    let answer = try await setup.pool.answer(choice, deadlineSeconds: amplySeconds)
    #expect(answer.text == "FOO" && answer.tokens.first?.text == "FOO")
    #expect(setup.lines.text.contains("choices by \(constraint.rawValue)"))
    // Questions without choices are not held to any.
    #expect(await setup.ask().text == "Yes")
  }

  @Test func theModelIsKnownBeforeTheFirstQuestionAndIsTheSameEverywhere() async throws {
    let setup = try Setup([model { $0.name = "a" }, model { $0.name = "b" }])
    #expect(setup.pool.name == nil)
    setup.pool.introduce()
    #expect(await eventually { setup.pool.name != nil })
    #expect(setup.pool.name == "a")
    for _ in 0..<8 { #expect(try await setup.pool.answer(.yesOrNo, deadlineSeconds: amplySeconds).model == "a") }
    #expect(try Setup([FakeModel()]) { $0.model = "given" }.pool.name == "given")
  }

  @Test func aServerThatIgnoresEveryWayIsAskedFreely() async throws {
    let setup = try Setup()
    #expect(await setup.ask(choice).text == "Yes")
    #expect(!setup.lines.text.contains("choices by"))
  }

  @Test func aServerThatRefusesAFieldIsAskedWithoutIt() async throws {
    let refusing = model {
      $0.refuses = ["structured_outputs", "logprobs", "top_logprobs"]
      $0.honours = ["grammar"]
    }
    let setup = try Setup([refusing])
    let answer = try await setup.pool.answer(choice, deadlineSeconds: amplySeconds)
    #expect(answer.text == "FOO" && answer.tokens.isEmpty)
    #expect(setup.lines.text.contains("no log-probabilities, choices by grammar"))
  }

  @Test func fewerAlternativesAreTakenWhereThereAreFewer() async throws {
    let setup = try Setup([model { $0.maximumAlternatives = 5 }])
    #expect(try await setup.pool.answer(choice, deadlineSeconds: amplySeconds).tokens.count == 1)
    #expect(setup.lines.text.contains("log-probabilities of 5 alternatives"))
  }

  @Test func aServerWithoutLogProbabilitiesStillAnswers() async throws {
    let setup = try Setup([model { $0.givesLogProbabilities = false }])
    #expect(try await setup.pool.answer(.yesOrNo, deadlineSeconds: amplySeconds).tokens.isEmpty)
  }

  /// The feature is dropped, not the question, and later questions do without it at once.
  @Test func aFieldThatIsRefusedLaterIsDropped() async throws {
    let setup = try Setup()
    #expect(await setup.ask().text == "Yes")
    let refusing = model { $0.refuses = ["logprobs"] }
    setup.server.handle { refusing.reply(to: $0) }
    #expect(await setup.ask().text == "Yes")
    let requests = setup.server.counts.requests
    #expect(await setup.ask().text == "Yes")
    #expect(setup.server.counts.requests == requests + 1)
    #expect(setup.lines.all.count { $0.contains("fewer fields") } == 1)
  }

  @Test func aModelThatIsNotThereIsAnErrorThatListsWhatThereIs() async throws {
    let setup = try Setup([model { $0.listed = ["a-1b", "b-2b"] }]) { $0.model = "c-3b" }
    guard case .failure(.refused(_, _, let text)) = await setup.ask() else {
      Issue.record("not refused")
      return
    }
    #expect(text.contains("\"c-3b\"") && text.contains("a-1b, b-2b"))
    #expect(setup.lines.text.contains("a-1b, b-2b"))
  }

  @Test func ofSeveralModelsOneHasToBeNamed() async throws {
    let several = model { $0.listed = ["a-1b", "b-2b:latest"] }
    guard case .failure(.refused(_, _, let text)) = await (try Setup([several])).ask() else {
      Issue.record("not refused")
      return
    }
    #expect(text.contains("configured") && text.contains("a-1b, b-2b:latest"))
    for name in ["a-1b", "b-2b", "b-2b:latest"] {
      let setup = try Setup([several]) { $0.model = name }
      #expect(await setup.ask().text == "Yes")
      #expect(setup.pool.statistics.servers[0].model == name)
    }
  }

  @Test func aServerThatListsNothingNeedsAName() async throws {
    for name in [nil, "mine"] {
      let setup = try Setup { $0.model = name }
      setup.server.handle { request in
        request.path == "/v1/models" ? .json(["error": "no"], status: 404) : FakeModel().reply(to: request)
      }
      #expect(await setup.ask().failureName == (name == nil ? "refused" : nil))
    }
  }

  /// A label's origin contains the model, so another model must be configured, or used by a restarted annotator.
  @Test func whoReturnsWithAnotherModelIsRefused() async throws {
    let setup = try Setup { $0.breaker.consecutiveFailures = 1 }
    #expect(await setup.ask().text == "Yes")
    setup.server.stop()
    let task = Task { await setup.ask() }
    #expect(await eventually { setup.pool.statistics.servers[0].breaker != .closed })
    let other = model { $0.name = "other-7b" }
    setup.server.handle { other.reply(to: $0) }
    setup.server.start()
    #expect(await task.value.failureName == "refused")
    #expect(setup.lines.text.contains("there is no model \"fake-1b\"; it has: other-7b"))
  }

  /// What it honours has changed in between.
  @Test func afterAnOutageEverythingIsFoundOutAnew() async throws {
    let setup = try Setup([model { $0.honours = ["grammar"] }]) { $0.breaker.consecutiveFailures = 1 }
    #expect(await setup.ask(choice).text == "FOO")
    setup.server.stop()
    let task = Task { await setup.ask(choice) }
    #expect(await eventually { setup.pool.statistics.servers[0].breaker != .closed })
    let other = model {
      $0.honours = ["structured_outputs"]
    }
    setup.server.handle { other.reply(to: $0) }
    setup.server.start()
    guard case .success(let answer) = await task.value else {
      Issue.record("no answer")
      return
    }
    #expect(answer.text == "FOO")
    #expect(setup.lines.all.last?.contains("choices by structured_outputs") == true)
  }
}
