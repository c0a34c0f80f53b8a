import Captions
import Foundation
import GameRules
import Runtime
import Testing

@testable import Judging

struct PromptedJudgeTests {
  private let prompt = try! Instruction(try! PromptLibrary.prompt("default"))
  private let caption = bytes("You see a fine ruby.")

  private func judge(
    _ model: ScriptedModel, _ threshold: ThresholdRule = .fixed(0), _ labels: JudgeOptions.Labels = .hard
  ) throws -> PromptedJudge {
    try PromptedJudge(
      model: model, prompt: prompt, options: JudgeOptions(threshold: threshold, labels: labels))
  }

  @Test func labelsByLogOddsWithAllItsEvidence() async throws {
    let model = ScriptedModel { _ in .oneToken(logOdds: 2) }
    let judgement = try await judge(model).judge(caption, deadlineSeconds: 5)
    #expect(judgement.verdict == .label(1) && abs((judgement.logOdds ?? .nan) - 2) < 1e-5)
    var evidence = try #require(judgement.evidence)
    evidence.latencySeconds = 0
    #expect(
      evidence
        == LabelEvidence(
          prompt: prompt.identity, goal: "default", model: "scripted", server: "http://nowhere", promptTokens: 90,
          answerTokens: 1, samples: 1, answerDigest: ByteHash.fnv1a(bytes("Yes") + [0])))
    #expect(model.questions.map(\.message) == ["You see a fine ruby."])
    #expect(model.questions[0].topAlternatives == 20 && model.questions[0].maximumTokens == 1)
  }

  @Test func asksOnceMoreThenAbstains() async throws {
    let model = ScriptedModel { question throws(ModelFailure) in
      guard case .chat(let turns) = question.input else { throw .cancelled }
      return ModelAnswer(text: turns.count == 2 ? "Perhaps" : "no", promptTokens: 10, answerTokens: 1)
    }
    let judgement = try await judge(model).judge(caption, deadlineSeconds: 5)
    #expect(judgement.verdict == .label(0) && judgement.logOdds == nil)
    #expect(judgement.evidence?.samples == 2 && judgement.evidence?.promptTokens == 20)
    #expect(judgement.evidence?.answerDigest == ByteHash.fnv1a(bytes("Perhaps") + [0] + bytes("no") + [0]))
    let stubborn = ScriptedModel { _ in ModelAnswer(text: "Perhaps") }
    let abstention = try await judge(stubborn).judge(caption, deadlineSeconds: 5)
    #expect(abstention.verdict == .abstain && stubborn.questions.count == 2 && abstention.evidence?.samples == 2)
  }

  @Test func aFailureIsNoLabel() async throws {
    for failure in [ModelFailure.unavailable("down"), .refused(server: "s", status: 401, ""), .cancelled] {
      let judge = try judge(ScriptedModel { _ throws(ModelFailure) in throw failure })
      await #expect(throws: failure) { try await judge.judge(caption, deadlineSeconds: 5) }
    }
    // Nor is one that comes while it asks again.
    let judge = try judge(
      ScriptedModel { question throws(ModelFailure) in
        guard case .chat(let turns) = question.input, turns.count == 2 else { throw .unavailable("gone") }
        return ModelAnswer(text: "")
      })
    await #expect(throws: ModelFailure.unavailable("gone")) { try await judge.judge(caption, deadlineSeconds: 5) }
  }

  @Test func doesNotAskWhatTheSanitiserSettles() async throws {
    let model = ScriptedModel { _ in .oneToken(logOdds: 9) }
    let judge = try judge(model, .calibrated)
    for (text, verdict) in [(":", Verdict.label(0)), ("Solution", .abstain), ("\"Yes\"", .abstain)] {
      let judgement = try await judge.judge(bytes(text), deadlineSeconds: 5)
      #expect(judgement.verdict == verdict && judgement.evidence == LabelEvidence(model: "sanitiser"))
    }
    #expect(model.questions.isEmpty)
  }

  /// A model that ranks well and says yes to everything.
  private static func eager(_ bias: Double) -> ScriptedModel {
    let positive = Set(
      PromptLibrary.calibration.messages(goal: "default").filter(\.label).map { SanitisedCaption($0.message).text })
    return ScriptedModel { question in
      let isGood = positive.contains(question.message) || question.message.contains(" good ")
      return .oneToken(logOdds: (isGood ? 1 : -1) + 0.5 * Draw.normal(question.message, seed: 1) + bias)
    }
  }

  @Test(arguments: [-6.0, 0, 6])
  func calibrationTakesAModelsBiasOut(bias: Double) async throws {
    let captions = plainCaptions(200)
    var accuracies: [Double] = []
    for rule in [ThresholdRule.calibrated, .runningQuantile(0.5), .word] {
      let judge = try judge(Self.eager(bias), rule)
      var right = 0
      for (text, label) in captions {
        let judgement = try await judge.judge(bytes(text), deadlineSeconds: 60)
        if judgement.verdict == .label(label ? 1 : 0) { right += 1 }
      }
      accuracies.append(Double(right) / Double(captions.count))
    }
    #expect(accuracies[0] > 0.9 && accuracies[1] > 0.9)
    #expect(bias == 0 ? accuracies[2] > 0.9 : accuracies[2] < 0.6)
  }

  @Test func calibratesOnceForAllWhoWait() async throws {
    let model = Self.eager(3)
    let judge = try judge(model, .calibrated)
    #expect(await judge.threshold == 0)
    try await withThrowingTaskGroup(of: Judgement.self) { group in
      for (text, _) in plainCaptions(10) { group.addTask { try await judge.judge(bytes(text), deadlineSeconds: 60) } }
      for try await judgement in group { #expect(judgement.verdict != .abstain) }
    }
    #expect(model.questions.count == 20 + 10)
    let threshold = try #require(await judge.threshold)
    #expect(abs(threshold - 3) < 1)
  }

  /// One failure is asked again later; several in a row fail the caption, and the next calibration continues.
  @Test func aCalibrationThatFailedContinuesFromThere() async throws {
    let asked = Locked(0)
    let model = ScriptedModel(concurrency: 1) { _ throws(ModelFailure) in
      let number = asked.with { count in
        count += 1
        return count
      }
      if (8...11).contains(number) || number == 15 { throw .unavailable("restarting") }
      return .oneToken(logOdds: 0)
    }
    let judge = try judge(model, .calibrated)
    await #expect(throws: ModelFailure.unavailable("restarting")) {
      try await judge.judge(caption, deadlineSeconds: 60)
    }
    #expect(try await judge.judge(caption, deadlineSeconds: 60).verdict != .abstain)
    // Five questions failed and were asked again.
    #expect(model.questions.count == 20 + 5 + 1)
  }

  @Test func softLabelsAreTheConfidenceMovedToTheThreshold() async throws {
    let model = ScriptedModel { _ in .oneToken(logOdds: 1) }
    #expect(try await judge(model, .fixed(1), .soft).judge(caption, deadlineSeconds: 5).verdict == .label(0.5))
    guard case .label(let label) = try await judge(model, .fixed(0), .soft).judge(caption, deadlineSeconds: 5).verdict
    else { return #expect(Bool(false), "a label") }
    #expect(abs(label - 0.731_058_6) < 1e-6)
  }

  @Test func theVersionTellsWhatCouldChangeALabel() throws {
    let model = ScriptedModel { _ in .oneToken(logOdds: 0) }
    let other = ScriptedModel(name: "other") { _ in .oneToken(logOdds: 0) }
    let versions = [
      try judge(model).version, try judge(model, .calibrated).version, try judge(model, .fixed(0), .soft).version,
      try judge(other).version,
      try PromptedJudge(
        model: model, prompt: try Instruction(prompt.prompt, goal: .named("gold")),
        options: JudgeOptions(threshold: .fixed(0))
      ).version,
    ]
    #expect(Set(versions).count == versions.count && !versions.contains(nil))
    let unknown = ScriptedModel(name: nil) { _ in .oneToken(logOdds: 0) }
    #expect(try judge(unknown).version == nil)
    #expect(throws: PromptError.self) {
      try PromptedJudge(model: model, prompt: try Instruction(try PromptLibrary.prompt("ranking")))
    }
  }

  @Test func rulesComeFirstInLayers() async throws {
    let model = ScriptedModel { _ in .oneToken(logOdds: 3) }
    let layered = LayeredJudge(RuleAnnotator(), over: try judge(model))
    let ruled = try await layered.judge(bytes("It's a wall."), deadlineSeconds: 5)
    #expect(ruled.verdict == .label(0) && ruled.evidence == nil)
    #expect(model.questions.isEmpty)
    #expect(try await layered.judge(bytes("The amulet frobnicates."), deadlineSeconds: 5).verdict == .label(1))
    #expect(model.questions.count == 1 && layered.version?.contains(prompt.identity) == true)
  }
}
