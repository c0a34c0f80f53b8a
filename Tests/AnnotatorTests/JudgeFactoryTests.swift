import Captions
import Configuration
import Judging
import Synchronization
import Testing

@testable import Annotator

struct JudgeFactoryTests {
  /// Answers "Yes" with its log-probability, and remembers what it was asked.
  private final class Agreeable: LanguageModel {
    let concurrency = 8
    let name: String? = "m"
    let questions = Mutex<[ModelQuestion]>([])

    func answer(_ question: ModelQuestion, deadlineSeconds: Double) async throws(ModelFailure) -> ModelAnswer {
      questions.withLock { $0.append(question) }
      let yes = ModelAnswer.Alternative(text: "Yes", logProbability: -0.1)
      return ModelAnswer(
        text: "Yes", tokens: [.init(text: "Yes", alternatives: [yes])], promptTokens: 10, answerTokens: 1, model: "m",
        server: "http://s")
    }
  }

  private let model = Agreeable()

  private func judge(
    isLayered: Bool = false, principle: String = "", _ change: (inout LanguageModelSection) -> Void = { _ in }
  ) throws -> any CaptionJudge {
    var options = LanguageModelSection()
    options.threshold = .fixed
    options.thresholdValue = 0
    change(&options)
    return try JudgeFactory(options, isLayered: isLayered, model: model).judge(principle: principle)
  }

  private func label(_ judge: any CaptionJudge, _ caption: String) async throws -> Verdict {
    try await judge.judge(Array(caption.utf8), deadlineSeconds: 5).verdict
  }

  private var asked: Int { model.questions.withLock { $0.count } }

  @Test func asksOnceUnlessThereIsAVote() async throws {
    #expect(try await label(try judge(), "You kill the newt!") == .label(1))
    #expect(asked == 1)
  }

  @Test(arguments: [
    (LanguageModelSection.Vote.majority, 3), (.meta, 3), (.certainty, 3), (.agreement, 6),
  ]) func asksAsOftenAsTheVoteWants(vote: LanguageModelSection.Vote, questions: Int) async throws {
    let judge = try judge {
      $0.vote = vote
      $0.samples = 3
      // The other prompts have other words.
      $0.paraphrase = "default"
    }
    #expect(try await label(judge, "You kill the newt!") == .label(1))
    #expect(asked == questions)
  }

  @Test func rulesComeFirstWhereLayered() async throws {
    let judge = try judge(isLayered: true)
    #expect(try await label(judge, "It's a wall.") == .label(0))
    #expect(asked == 0)
    #expect(try await label(judge, "The flumph frobs a tune of old.") == .label(1))
    #expect(asked == 1)
  }

  @Test func whateverChangesTheQuestionChangesTheVersion() throws {
    let versions = [
      try judge().version, try judge { $0.goal = "gold" }.version, try judge { $0.prompt = "few-shot" }.version,
      try judge { $0.labels = .soft }.version,
      try judge { $0.thresholdValue = 1 }.version, try judge { $0.vote = .majority }.version,
      try judge { $0.principle = "Go down." }.version, try judge(principle: "Dig.").version,
      try judge(isLayered: true).version,
    ]
    #expect(Set(versions).count == versions.count)
    // A task's principle replaces the configured one.
    #expect(try judge(principle: "Dig.") { $0.principle = "Go down." }.version == judge(principle: "Dig.").version)
  }

  @Test func mistakesNameWhatIsWrong() {
    let prompt = #expect(throws: PromptError.self) { try judge { $0.prompt = "nonsense" } }
    #expect("\(String(describing: prompt))".contains("nonsense"))
    let goal = #expect(throws: PromptError.self) { try judge { $0.goal = "fame" } }
    #expect("\(String(describing: goal))".contains("fame"))
    #expect(throws: PromptError.self) { try judge(principle: "{message}") }
  }

  @Test func aModelsFileIsReadAndMustBeTheRunsModel() {
    var options = LanguageModelSection()
    options.file = "/nowhere/small.gguf"
    func problem() -> String {
      do {
        _ = try JudgeFactory(options, isLayered: false, log: { _ in })
        return "none"
      } catch {
        return "\(error)"
      }
    }
    #expect(problem().contains("/nowhere/small.gguf: No such file"))
    options.model = "small"
    #expect(problem().contains("/nowhere/small.gguf: No such file"))
    options.model = "large"
    #expect(problem().hasPrefix("the run's model is \"large\", and /nowhere/small.gguf is \"small\""))
  }

  @Test func theShelfKeepsTheJudgesAskedForLast() throws {
    var made: [String] = []
    let shelf = RecentJudges { principle in
      made.append(principle)
      return HeldJudge(concurrency: 1)
    }
    for number in 0..<RecentJudges.maximumCount { _ = try shelf.judge("\(number)") }
    _ = try shelf.judge("0")
    #expect(made.count == RecentJudges.maximumCount)
    _ = try shelf.judge("another")
    _ = try shelf.judge("0")
    #expect(made.count == RecentJudges.maximumCount + 1)
    _ = try shelf.judge("1")
    #expect(made.last == "1")
  }
}
