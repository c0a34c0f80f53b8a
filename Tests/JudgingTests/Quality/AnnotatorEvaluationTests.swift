import Captions
import Foundation
import GameRules
import Runtime
import Testing

@testable import Judging

/// Answers from a script, and counts how many questions were under way at once.
private actor ScriptedJudge: CaptionJudge {
  nonisolated let kind = "script"
  nonisolated let version: String? = "1"
  nonisolated let concurrency: Int
  private let script: @Sendable (String) -> Result<Judgement, ModelFailure>
  private(set) var asked = 0
  private(set) var mostAtOnce = 0
  private var atOnce = 0

  init(concurrency: Int = 3, script: @escaping @Sendable (String) -> Result<Judgement, ModelFailure>) {
    self.concurrency = concurrency
    self.script = script
  }

  func judge(_ caption: [UInt8], deadlineSeconds: Double) async throws(ModelFailure) -> Judgement {
    asked += 1
    atOnce += 1
    mostAtOnce = max(mostAtOnce, atOnce)
    // Others get in between, and those that came later may end earlier.
    for _ in 0..<(asked % 4) { await Task.yield() }
    atOnce -= 1
    return try script(String(decoding: caption, as: UTF8.self)).get()
  }
}

struct AnnotatorEvaluationTests {
  private let messages = (0..<40).map {
    LabelledMessage("\($0)", isProgress: $0 % 2 == 0, category: $0 < 30 ? "early" : "late")
  }

  private static func judgement(_ text: String) -> Judgement {
    let number = Int(text) ?? 0
    let evidence = LabelEvidence(promptTokens: 100, answerTokens: number % 2 + 1, samples: 1)
    return Judgement(.label(number % 2 == 0 ? 1 : 0), logOdds: number % 2 == 0 ? 2 : -2, evidence: evidence)
  }

  @Test func keepsTheOrderAndTheBound() async throws {
    let judge = ScriptedJudge { .success(Self.judgement($0)) }
    let results = try await AnnotatorEvaluation(of: judge).run(messages)
    #expect(results == messages.map { .success(Self.judgement($0.text)) })
    #expect(await judge.asked == 40)
    #expect(await judge.mostAtOnce <= 3)
  }

  @Test func aPerfectJudgeIsReportedAsOne() async throws {
    let judge = ScriptedJudge { .success(Self.judgement($0)) }
    let results = try await AnnotatorEvaluation(of: judge).run(messages)
    var generator = SplitMix64(seed: 1)
    let report = QualityReport(of: judge, on: messages, results, seconds: 4, using: &generator)
    #expect(report.messages == 40 && report.progress == 20 && report.failed == 0)
    #expect(report.accuracy == QualityReport.Estimate(value: 1, low: 1, high: 1))
    #expect(report.areaUnderCurve?.value == 1)
    #expect(report.abstention == 0)
    #expect(report.labelsPerSecond == 10)
    #expect(report.promptTokens == 100)
    #expect(report.answerTokens == 1.5)
    #expect(report.categories.map(\.name) == ["early", "late"])
    #expect(report.categories.map(\.count) == [30, 10])
    #expect(report.pairs == nil)
  }

  @Test func failuresAreNoLabels() async throws {
    let judge = ScriptedJudge { text in
      switch Int(text) ?? 0 {
      case 0..<10: .failure(.unavailable("no server"))
      case 10..<20: .success(Judgement(.abstain))
      default: .success(Self.judgement(text))
      }
    }
    let results = try await AnnotatorEvaluation(of: judge).run(messages)
    var generator = SplitMix64(seed: 1)
    let report = QualityReport(of: judge, on: messages, results, seconds: 1, using: &generator)
    #expect(report.failed == 10)
    #expect(report.failure == "no server")
    #expect(report.messages == 30)
    #expect(report.abstention == 10.0 / 30)
    #expect(report.accuracy?.value == 1)
    #expect(report.rightOfAll == 20.0 / 30)
  }

  @Test func aRefusalEndsIt() async {
    let refusal = ModelFailure.refused(server: "s", status: 401, "no key")
    let judge = ScriptedJudge(concurrency: 1) { $0 == "5" ? .failure(refusal) : .success(Self.judgement($0)) }
    await #expect(throws: refusal) { _ = try await AnnotatorEvaluation(of: judge).run(messages) }
    #expect(await judge.asked == 6)
  }

  @Test func rulesAreJudgesToo() async throws {
    let judge = ImmediateJudge(RuleAnnotator())
    let known = [
      LabelledMessage("You kill the newt!", isProgress: true), LabelledMessage("It's a wall.", isProgress: false),
      LabelledMessage("Xyzzy.", isProgress: false),
    ]
    let results = try await AnnotatorEvaluation(of: judge).run(known)
    var generator = SplitMix64(seed: 1)
    let report = QualityReport(of: judge, on: known, results, seconds: 0, using: &generator)
    #expect(report.annotator == "rules")
    #expect(report.confusion.right == 2)
    #expect(report.confusion.abstained == 1)
    #expect(report.promptTokens == nil)
    #expect(report.labelsPerSecond == nil)
  }

  @Test func pairsAreAskedInBothOrders() async throws {
    var generator = SplitMix64(seed: 2)
    let pairs = MessagePair.draw(20, from: messages, using: &generator)
    let evaluation = AnnotatorEvaluation(of: ScriptedJudge { .success(Self.judgement($0)) })
    let right = try await evaluation.compare(pairs) { first, _ in (Int(first) ?? 1) % 2 == 0 ? .first : .second }
    #expect(PositionBias(right).accuracy == 1)
    #expect(PositionBias(right).consistency == 1)
    let biased = try await evaluation.compare(pairs) { _, _ in .first }
    #expect(PositionBias(biased).first == 1)
    #expect(PositionBias(biased).consistency == 0)
    let absent = try await evaluation.compare(pairs) { _, _ throws(ModelFailure) in throw .unavailable("gone") }
    #expect(PositionBias(absent).abstention == 1)
    await #expect(throws: ModelFailure.cancelled) {
      _ = try await evaluation.compare(pairs) { _, _ throws(ModelFailure) in throw .cancelled }
    }
  }

  @Test func aReportComparesPairsWhereItCan() async throws {
    let evaluation = AnnotatorEvaluation(of: ScriptedJudge { .success(Self.judgement($0)) })
    var generator = SplitMix64(seed: 3)
    let compared = try await evaluation.report(
      on: messages, pairs: 7, comparison: { _, _ in .second }, using: &generator)
    #expect(compared.accuracy?.value == 1)
    #expect(compared.pairs?.pairs == 7)
    #expect(compared.pairs?.first == 0)
    #expect(try await evaluation.report(on: messages, pairs: 7, using: &generator).pairs == nil)
  }

  @Test func theReportSurvivesJSON() async throws {
    let judge = ScriptedJudge { .success(Self.judgement($0)) }
    let results = try await AnnotatorEvaluation(of: judge).run(messages)
    var generator = SplitMix64(seed: 1)
    var report = QualityReport(of: judge, on: messages, results, seconds: 2, using: &generator)
    report.pairs = PositionBias([.init(isFirstBetter: true, forward: .first, backward: .abstain)])
    let data = try JSONEncoder().encode(report)
    #expect(try JSONDecoder().decode(QualityReport.self, from: data) == report)
  }

  @Test func theTableHasEveryMeasure() async throws {
    let judge = ScriptedJudge { .success(Self.judgement($0)) }
    let results = try await AnnotatorEvaluation(of: judge).run(messages)
    var generator = SplitMix64(seed: 1)
    var report = QualityReport(of: judge, on: messages, results, seconds: 2, using: &generator)
    report.pairs = PositionBias([.init(isFirstBetter: true, forward: .first, backward: .second)])
    let lines = report.table.split(separator: "\n").map(String.init)
    for line in [
      "accuracy            1.000 (1.000 to 1.000)  of what was answered", "abstention          0.0 %",
      "AUC                 1.000 (1.000 to 1.000)", "labels/s            20.0",
      "tokens/label        100.0 read, 1.5 written", "consistent          100.0 %",
      "early               30     30          0",
    ] {
      #expect(lines.contains(line), "\(line) is not in\n\(report.table)")
    }
  }
}
