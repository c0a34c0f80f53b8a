import Assembly
import Configuration
import Judging
import RewardPrograms
import Synchronization
import Testing

@testable import RewardDesign

/// A model that says what it is told to say, one text after the other.
private final class ScriptedModel: LanguageModel {
  let name: String? = "scripted"
  let concurrency = 1
  private let texts: [String]
  private let state = Mutex<(next: Int, questions: [ModelQuestion])>((0, []))

  init(_ texts: [String]) { self.texts = texts }

  var questions: [ModelQuestion] { state.withLock { $0.questions } }

  func answer(_ question: ModelQuestion, deadlineSeconds: Double) async throws(ModelFailure) -> ModelAnswer {
    let text = state.withLock { state in
      defer { state.next += 1 }
      state.questions.append(question)
      return texts[min(state.next, texts.count - 1)]
    }
    return ModelAnswer(text: text)
  }
}

@Suite struct ProgramWriterTests {
  private static let good = "reward = 0.5 * contains(caption, \"you see here\") - 0.1 * contains(caption, \"wall\")"
  private let plan: RunPlan
  private let sample: ProgramSample
  private let schema: ProgramSchema

  init() throws {
    plan = try RunPlan(
      Registries.standard.configuration(overrides: [
        "environment.task=CaptionGrid", "annotator.kind=none", "reward.model=none",
      ]))
    sample = try ProgramSample(plan, steps: 2000, seed: 1)
    schema = ProgramSchema(plan.specification.observation)
  }

  private func write(
    _ texts: [String], attempts: Int = 4
  ) async throws -> (program: RewardProgram?, attempts: [ProgramWriter.Attempt], questions: [ModelQuestion]) {
    let model = ScriptedModel(texts)
    var noted: [ProgramWriter.Attempt] = []
    let assignment = ProgramAssignment(
      goal: "reach the stairs", task: "CaptionGrid", captions: sample.commonCaptions(5))
    let program = try await ProgramWriter(model, schema, attempts: attempts).write(assignment, sample: sample) {
      noted.append($0)
    }
    return (program, noted, model.questions)
  }

  @Test func aGoodProgramIsTakenAtOnce() async throws {
    let result = try await write(["Here it is:\n```python\n\(Self.good)\n```\nGood luck!"])
    #expect(result.program?.text == Self.good && result.attempts == [.init(text: Self.good, problem: nil)])
    guard case .chat(let turns) = result.questions[0].input else { throw Unexpected() }
    #expect(turns.count == 1 && turns[0].text.contains("It's a wall.") && turns[0].text.contains("reach the stairs"))
  }

  private struct Unexpected: Error {}

  /// The model hears what is wrong: the line, or what the trial says.
  @Test func mistakesAreSentBack() async throws {
    let result = try await write(["reward = 1 +", "```\nreward = 0\n```", "```\nreward = 1 / 0\n```", Self.good])
    #expect(result.program?.text == Self.good)
    let problems = result.attempts.compactMap(\.problem)
    #expect(problems.count == 3 && problems[0].hasPrefix("line 1: expected a value"))
    #expect(problems[1].contains("teaches nothing") && problems[2].contains("is no number"))
    guard case .chat(let second) = result.questions[1].input, case .chat(let third) = result.questions[2].input else {
      throw Unexpected()
    }
    #expect(second.map(\.role) == [.user, .assistant, .user] && second[1].text == "reward = 1 +")
    #expect(second[2].text.contains("line 1: expected a value"))
    // A model that repeats itself begins again.
    #expect(third.count == 1 && third[0].text.hasSuffix("This is attempt 3."))
  }

  @Test func aModelThatNeverWritesOneIsGivenUp() async throws {
    let result = try await write(["I am sorry."], attempts: 3)
    #expect(result.program == nil && result.attempts.count == 3)
  }

  @Test func trialsShowWhatIsPaid() throws {
    let (trial, captions) = sample.trial(try RewardProgram(Self.good, schema))
    #expect(trial.steps == 2000 && trial.problem == nil && trial.unknown == 0)
    #expect(captions.first?.text.hasPrefix("You see here") == true && captions.last?.text == "It's a wall.")
    let again = try ProgramSample(plan, steps: 2000, seed: 1).trial(try RewardProgram(Self.good, schema))
    #expect(again.trial == trial && again.captions == captions)
  }

  @Test(arguments: [
    ("reward = 1", "reward = 1"), ("x = 1\nreward = x\n\n# Pays x.\n\n", "x = 1\nreward = x\n\n# Pays x."),
    ("if won:\n  reward = 1\n# done", "if won:\n  reward = 1\n# done"),
    ("x = 1\nreward = x\nreturn reward", "x = 1\nreward = x"),
    ("reward = 0\nif won: reward += 1\nreward # the sum", "reward = 0\nif won: reward += 1"),
    ("reward = \"#\" in caption\nprint(reward)", "reward = \"#\" in caption"),
    (
      "def f(caption):\n    \"\"\"Pays.\n    Well.\"\"\"\n    x = 1\n    if won:\n        x = 2\n    return x\n\nf(1)",
      "x = 1\nif won:\n    x = 2\nreward = x"
    ),
    ("def f():\n  reward = 1\n  return reward", "reward = 1"),
    ("```\nreward = 1\n```", "reward = 1"),
    ("a\n```py\nx = 1\nreward = x\n```\nb", "x = 1\nreward = x"),
    ("return 0.5", "reward = 0.5"), ("x = 1\nx == 1", "x = 1\nreward = x == 1"),
    ("```\na = 1\n\ncontains(caption, \"b\") * a\n```", "a = 1\n\nreward = contains(caption, \"b\") * a"),
    ("```reward = 1```", "reward = 1"), ("```\nreward = 1", "reward = 1"), ("", ""),
  ])
  func programsAreFoundInAnswers(answer: String, program: String) {
    #expect(ProgramWriter.program(in: answer) == program)
  }
}
