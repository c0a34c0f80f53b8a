import Configuration
import Foundation
import Learner
import Serial
import TestSupport
import Testing
import TextTraining

@testable import Evaluation

/// A run of a text policy in a folder of its own.
final class SavedTextRun {
  let folder: TemporaryDirectory
  var path: String { "\(folder.path)/run" }

  init(seed: Int = 3, heldOut: Double = 0) throws {
    folder = try TemporaryDirectory()
    var configuration = RunConfiguration()
    (configuration.run.seed, configuration.run.steps) = (seed, 64)
    configuration.environment.task = "text:chain"
    (configuration.text.difficulty, configuration.text.heldOut) = (1, heldOut)
    (configuration.text.width, configuration.text.layers, configuration.text.heads) = (16, 1, 2)
    (configuration.text.context, configuration.text.answers) = (24, 4)
    (configuration.text.startUpdates, configuration.text.startShare) = (400, 1)
    configuration.worker.environmentsPerGroup = 8
    (configuration.learner.unrollLength, configuration.learner.batchSize) = (1, 32)
    (configuration.reward.model, configuration.annotator.kind) = (.none, .none)
    var options = LearnerOptions(configuration: configuration, runName: "run")
    options.runsDirectory = folder.path
    options.logStream = nil
    try SerialRun(options).run(until: { nil })
  }

  func subject() throws -> TextPolicyUnderTest { try #require(try TextPolicyUnderTest(EvaluatedCheckpoint(path))) }
}

@Suite struct TextEvaluationTests {
  private func play(
    _ subject: TextPolicyUnderTest, questions: Int = 300, seed: UInt64 = 1, greedy: Bool = false
  ) -> EvaluationReport {
    var evaluation = TextEvaluation()
    (evaluation.questions, evaluation.seed, evaluation.isGreedy) = (questions, seed, greedy)
    return evaluation.play(subject, keep: { _, _ in })
  }

  @Test func theTableDependsOnTheSeedAlone() throws {
    let run = try SavedTextRun()
    let subject = try run.subject()
    let report = play(subject)
    #expect(report.lines.map(\.measure) == ["return", "success", "length", "legal", "right parts"])
    #expect(play(subject) == report)
    #expect(try play(run.subject()).table == report.table)
    #expect(play(subject, seed: 2).episodes != report.episodes)
    #expect(play(subject, greedy: true).episodes != report.episodes)
    // Fewer questions are the first ones of more, with the same answers.
    #expect(play(subject, questions: 5).episodes == Array(report.episodes[..<5]))
    // The share is the verifier's, and its interval holds it.
    let success = try #require(report.lines.first { $0.measure == "success" }).summary
    let right = report.ends.first { $0.end == "right" }?.count ?? 0
    #expect(abs(success.mean - Double(right) / 300) < 1e-9 && right > 0 && right < 300)
    let interval = try #require(success.meanInterval)
    #expect(interval.lower < success.mean && success.mean < interval.upper)
    #expect(report.table.contains("text:chain (difficulty 1, all questions)"))
  }

  @Test func heldOutQuestionsAreAskedAlone() throws {
    let run = try SavedTextRun(heldOut: 0.3)
    let subject = try run.subject()
    var asked: Set<String> = []
    let report = TextEvaluation().play(subject, keep: { rollout, _ in asked.insert(rollout.problem.prompt) })
    #expect(report.table.contains("held-out 0.3"))
    // Training asks none of them: it does not know them as its questions.
    #expect(asked.count > 50 && asked.allSatisfy { subject.plan.task.problem(prompt: $0) == nil })
    // All questions are other questions, so that the two are not compared.
    let other = try SavedTextRun(seed: 4)
    #expect(throws: ConfigurationError.self) {
      try EvaluationComparison(report, against: play(other.subject(), questions: report.episodes.count))
    }
  }

  @Test func twoPoliciesAnswerTheSameQuestions() throws {
    let (one, other) = (try SavedTextRun(seed: 3), try SavedTextRun(seed: 4))
    let comparison = try EvaluationComparison(play(try one.subject()), against: play(try other.subject()))
    #expect(comparison.lines.contains { $0.difference.mean != 0 })
    #expect(throws: ConfigurationError.self) { try PolicyUnderTest(one.path) }
    let game = try SavedRun(seed: 3)
    #expect(try TextPolicyUnderTest(EvaluatedCheckpoint(game.path)) == nil)
  }

  /// A recorded answer is judged as it was; a file that says otherwise, and other files, are refused.
  @Test func answersAreRecorded() throws {
    let run = try SavedTextRun()
    let subject = try run.subject()
    var records: [TextRecord] = []
    var evaluation = TextEvaluation()
    evaluation.questions = 60
    let report = evaluation.play(subject, keep: { rollout, _ in records.append(TextRecord(rollout, of: subject)) })
    #expect(records.count { $0.isRight } == report.ends.first { $0.end == "right" }?.count)
    let file = run.folder.path + "/answer.json"
    for record in records {
      try Data(try record.encoded()).write(to: URL(filePath: file))
      let read = try #require(TextRecord(path: file))
      #expect(read == record)
      let lines = try read.lines()
      #expect(lines.count == record.tokens.count + 2 && lines[0].hasSuffix(record.question))
      #expect(record.tokens.allSatisfy { ($0.log ?? 1) <= 1e-5 })
      var changed = record
      changed.isRight.toggle()
      #expect(throws: ConfigurationError.self) { try changed.lines() }
      changed = record
      changed.question = "9?"
      #expect(throws: ConfigurationError.self) { try changed.lines() }
    }
    try Data("{}".utf8).write(to: URL(filePath: file))
    #expect(TextRecord(path: file) == nil)
  }
}
