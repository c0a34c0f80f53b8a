import Testing

@testable import Judging

struct SampledJudgeTests {
  private let prompt = try! Instruction(try! PromptLibrary.prompt("default"))

  @Test func asksEachPromptAsOftenAsToldAndGathersTheEvidence() async throws {
    let asked = Locked(0)
    let model = ScriptedModel(concurrency: 16) { question in
      let number = asked.with { count in
        count += 1
        return count
      }
      return .oneToken(logOdds: number % 3 == 0 ? -1 : 1)
    }
    let judge = try SampledJudge(
      model: model, prompts: [prompt], aggregator: MajorityVote(), options: .init(samples: 6))
    let judgement = try await judge.judge(bytes("You see a fine ruby."), deadlineSeconds: 5)
    #expect(judgement.verdict == .label(1) && abs((judgement.logOdds ?? .nan) - 1.0 / 3) < 1e-5)
    #expect(model.questions.count == 6 && model.questions.allSatisfy { $0.temperature == 0.7 })
    #expect(judgement.evidence?.samples == 6 && judgement.evidence?.answerTokens == 6)
    #expect(judge.concurrency == 2 && judge.version?.contains("majority") == true)
    let soft = try SampledJudge(
      model: model, prompts: [prompt], aggregator: MajorityVote(),
      options: .init(samples: 6, labels: .soft))
    #expect(try await soft.judge(bytes("You see a fine ruby."), deadlineSeconds: 5).verdict == .label(4.0 / 6))
  }

  @Test func oneFailureOfManyIsNoLabel() async throws {
    let asked = Locked(0)
    let model = ScriptedModel { _ throws(ModelFailure) in
      let number = asked.with { count in
        count += 1
        return count
      }
      if number == 3 { throw .unavailable("gone") }
      return .oneToken(logOdds: 1)
    }
    let judge = try SampledJudge(model: model, prompts: [prompt], aggregator: MajorityVote())
    await #expect(throws: ModelFailure.unavailable("gone")) {
      try await judge.judge(bytes("You see a fine ruby."), deadlineSeconds: 5)
    }
    #expect(try await judge.judge(bytes(":"), deadlineSeconds: 5).verdict == .label(0))
  }

  @Test func refusesWhatCannotBeAsked() throws {
    let model = ScriptedModel { _ in .oneToken(logOdds: 1) }
    let gold = try Instruction(prompt.prompt, goal: .named("gold"))
    let ranking = try Instruction(try PromptLibrary.prompt("ranking"))
    for (prompts, samples) in [([], 1), ([prompt], 0), ([prompt], 33), ([prompt, gold], 1), ([ranking], 1)] {
      #expect(throws: PromptError.self) {
        try SampledJudge(
          model: model, prompts: prompts, aggregator: MajorityVote(), options: .init(samples: samples))
      }
    }
  }
}
