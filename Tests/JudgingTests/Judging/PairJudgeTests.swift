import Captions
import Foundation
import Runtime
import Testing

@testable import Judging

struct PairJudgeTests {
  private let prompt = try! Instruction(try! PromptLibrary.prompt("ranking"))

  private func judge(_ answer: @escaping @Sendable (_ first: String, _ second: String) -> String) throws -> (
    PairJudge, ScriptedModel
  ) {
    let model = ScriptedModel { question throws(ModelFailure) in
      guard case .chat(let turns) = question.input, let turn = turns.first(where: { $0.role == .user }) else {
        throw .cancelled
      }
      let messages = turn.text.split(separator: "\n").map { line in
        String(line.split(separator: "[[", maxSplits: 1)[1].dropLast(2))
      }
      return ModelAnswer(text: answer(messages[0], messages[1]), promptTokens: 7)
    }
    return (try PairJudge(model: model, prompt: prompt), model)
  }

  private let good = bytes("You kill the newt!")
  private let dull = bytes("You see a newt.")

  @Test func asksInBothOrders() async throws {
    let (judge, model) = try judge { first, _ in first.contains("kill") ? "1" : "2" }
    let judgement = try await judge.judge(good, dull, deadlineSeconds: 5)
    #expect(judgement.verdict == .first && model.questions.count == 2)
    #expect(judgement.evidence?.samples == 2 && judgement.evidence?.promptTokens == 14)
    #expect(try await judge.judge(dull, good, deadlineSeconds: 5).verdict == .second)
  }

  @Test func anOpinionOnPositionsIsATie() async throws {
    for answer in ["1", "2", "neither"] {
      let (judge, _) = try judge { _, _ in answer }
      #expect(try await judge.judge(good, dull, deadlineSeconds: 5).verdict == .tie)
    }
  }

  @Test func whatCannotBeReadIsNoTie() async throws {
    let (judge, model) = try judge { _, _ in "Hard to say" }
    let judgement = try await judge.judge(good, dull, deadlineSeconds: 5)
    #expect(judgement.verdict == .abstain && model.questions.count == 4 && judgement.evidence?.samples == 4)
    let failing = try PairJudge(
      model: ScriptedModel { _ throws(ModelFailure) in throw .unavailable("down") }, prompt: prompt)
    await #expect(throws: ModelFailure.unavailable("down")) { try await failing.judge(good, dull, deadlineSeconds: 5) }
  }

  @Test func whatReadsAlikeIsNotAsked() async throws {
    let (judge, model) = try judge { _, _ in "1" }
    let named = ["k - a dagger named Alpha.", "k - a dagger named Yes."].map(bytes)
    #expect(try await judge.judge(named[0], named[1], deadlineSeconds: 5).verdict == .tie)
    #expect(try await judge.judge(bytes(":"), bytes("..."), deadlineSeconds: 5).verdict == .tie)
    #expect(try await judge.judge(bytes("Solution"), good, deadlineSeconds: 5).verdict == .abstain)
    #expect(try await judge.judge(bytes("Solution"), bytes("Solution"), deadlineSeconds: 5).verdict == .abstain)
    #expect(model.questions.isEmpty)
    // A message may be empty; then it is said.
    #expect(try await judge.judge(bytes(":"), good, deadlineSeconds: 5).verdict == .tie)
    #expect(model.questions.count == 2)
  }
}
