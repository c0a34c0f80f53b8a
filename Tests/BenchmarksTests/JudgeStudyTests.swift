import Captions
import Foundation
import Judging
import Statistics
import TestSupport
import Testing

@testable import Benchmarks

struct JudgeStudyTests {
  private func condition(_ lower: Double, _ upper: Double, _ bar: Double) -> StudyVerdict.Condition {
    .init(name: "x", value: (lower + upper) / 2, interval: .init(lower: lower, upper: upper), atLeast: bar)
  }

  private func verdict(_ conditions: [StudyVerdict.Condition]) -> BarVerdict? {
    StudyVerdict(row: 1, method: "m", source: "s", conditions: conditions, note: "").verdict
  }

  /// The interval decides, not the mean.
  @Test func verdictsFollowTheInterval() {
    #expect(condition(0.1, 0.3, 0.1).verdict == .passed)
    #expect(condition(0.05, 0.3, 0.1).verdict == .undecided)
    #expect(condition(0.0, 0.09, 0.1).verdict == .failed)
    let (passed, undecided, failed) = (condition(1, 2, 0), condition(-1, 2, 0), condition(-2, -1, 0))
    #expect(verdict([passed, passed]) == .passed && verdict([passed, undecided]) == .undecided)
    #expect(verdict([passed, undecided, failed]) == .failed && verdict([]) == nil)
  }

  @Test func intervalsArePairedAndRepeatable() throws {
    // Each arm varies much, and their difference not at all.
    let rows = (0..<40).map { (first: Double($0 % 2), second: Double($0 % 2) + 0.25) }
    func make() -> StudyVerdict.Condition? {
      .init("difference", of: rows, atLeast: 0.2) { draw in mean(draw.map { $0.second - $0.first }) }
    }
    let made = try #require(make())
    #expect(made.interval.lower == 0.25 && made.interval.upper == 0.25 && made.verdict == .passed)
    #expect(make()?.interval == made.interval)
  }

  @Test func rankCorrelationIsThatOfTheRanks() throws {
    let rising = (0..<20).map { (Double($0), Double($0 * $0)) }
    #expect(abs(try #require(rankCorrelation(rising)) - 1) < 1e-12)
    #expect(abs(try #require(rankCorrelation(rising.map { ($0.0, -$0.1) })) + 1) < 1e-12)
    #expect(rankCorrelation(rising.map { ($0.0, 1) }) == nil && rankCorrelation([]) == nil)
    // Ranks 0, 1.5, 1.5, 3 and 0, 1, 2, 3: 4.5 / sqrt(4.5 * 5).
    let tied = try #require(rankCorrelation([(1, 1), (2, 2), (2, 3), (5, 4)]))
    #expect(abs(tied - 4.5 / (4.5 * 5).squareRoot()) < 1e-12)
  }

  @Test func theMessagesAreOneOfEachFamilyAndBalanced() throws {
    let messages = StudyMessages(try LabelledSet(contentsOf: JudgeStudy.Files().messages))
    #expect(messages.heldOut.count == 120 && messages.heldOut.count { $0.isProgress } == 60)
    #expect(messages.tuned.count == 60 && Set(messages.tuned).isDisjoint(with: messages.heldOut))
  }

  /// The stub's errors are shared by its wordings, and it is surer than it is right.
  @Test func theStubErrsAsModelsDo() throws {
    let study = try Self.study(StubSource())
    let (plain, other) = (try study.instruction("default"), try study.instruction("paraphrase"))
    let wrong = try [plain, other].map { instruction in
      try study.messages.heldOut.map { try study.reply(instruction, $0).label.reading.isProgress != $0.isProgress }
    }
    let both = zip(wrong[0], wrong[1]).count { $0 && $1 }
    let expected = Double(wrong[0].count { $0 } * wrong[1].count { $0 }) / Double(wrong[0].count)
    #expect((20...52).contains(wrong[0].count { $0 }) && Double(both) > 1.5 * expected)
    #expect(try study.softLabels().verdict == .failed)
  }

  @Test func aRecordingThatLacksAnswersIsNoVerdict() throws {
    let folder = try TemporaryDirectory()
    try AnswerRecording(model: "empty").head.write(
      toFile: "\(folder.path)/empty.answers", atomically: true, encoding: .utf8)
    var files = JudgeStudy.Files()
    files.recordings = folder.path
    let verdicts = try JudgeStudy.run(files) { _ in }
    #expect(verdicts.count == 32 && verdicts.allSatisfy { ($0.source == "empty") == ($0.verdict == nil) })
    #expect(StudyVerdict.table(verdicts).split(separator: "\n").count == 34)
  }

  /// The verdicts of docs/methods.md come from these files.
  @Test func everyRowIsRecorded() throws {
    let verdicts = try JudgeStudy.run(JudgeStudy.Files()) { _ in }
    #expect(Set(verdicts.map(\.source)).count == 3)
    let recorded = verdicts.filter { $0.source != "stub" && $0.verdict != nil }
    #expect(Set(recorded.map(\.method)) == Set(verdicts.filter { $0.source == "stub" }.map(\.method)))
  }

  private static func study(_ source: any AnswerSource) throws -> Study {
    Study(
      source, messages: StudyMessages(try LabelledSet(contentsOf: JudgeStudy.Files().messages)),
      attacks: try StudyAttacks(contentsOf: JudgeStudy.Files().attacks))
  }
}
