import Captions
import Runtime
import Testing

@testable import Judging

@Suite struct StudentJudgeTests {
  /// A teacher that labels sentences with a helpful verb 1, and a share of all sentences at random. It counts its questions.
  private final class Teacher: CaptionJudge {
    let kind = "llm"
    let version: String? = "t"
    let concurrency = 1
    let noise: Double
    init(noise: Double = 0) { self.noise = noise }

    static func truth(_ text: String) -> Bool { StudentJudgeTests.helpful.contains { text.contains(" \($0) ") } }

    func judge(_ caption: [UInt8], deadlineSeconds: Double) async throws(ModelFailure) -> Judgement {
      let text = String(decoding: caption, as: UTF8.self)
      // The noise of a text is its own, so that another process gives the same labels.
      let draw = Double(ByteHash.fnv1a("n\(text)".utf8) % 10_000) / 10_000
      let isPositive = draw < noise ? ByteHash.fnv1a("x\(text)".utf8) % 2 == 0 : Self.truth(text)
      return Judgement(.label(isPositive ? 1 : 0))
    }
  }

  private static let helpful = ["kill", "find", "learn", "open"]
  private static let idle = ["see", "hear", "miss", "feel", "smell", "touch", "avoid", "watch", "pass", "leave"]
  private static let nouns = [
    "newt", "door", "coin", "wall", "dog", "stair", "rat", "gem", "book", "scroll", "hat", "bat",
  ]
  private static let places = [
    "here", "there", "nearby", "in the dark", "at last", "again", "at once", "in the corner",
  ]

  /// Sentences in an order that looks random and never repeats one.
  private static let captions: [[UInt8]] = {
    var texts: [String] = []
    for verb in helpful + idle {
      for noun in nouns {
        for place in places {
          for other in nouns.prefix(6) { texts.append("You \(verb) the \(other) \(noun) \(place).") }
        }
      }
    }
    var generator = RandomGenerator(seed: 1)
    return texts.shuffled(using: &generator).map { Array($0.utf8) }
  }()

  private func run(_ judge: StudentJudge) async throws -> (wrong: Int, missed: Int, positives: Int) {
    var (wrong, missed, positives) = (0, 0, 0)
    for caption in Self.captions {
      let judgement = try await judge.judge(caption, deadlineSeconds: 1)
      let truth = Teacher.truth(String(decoding: caption, as: UTF8.self))
      if truth { positives += 1 }
      guard judgement.evidence?.model == "student" else { continue }
      let isRight = (judgement.verdict.label == 1) == truth
      if !isRight { wrong += 1 }
      if !isRight, truth { missed += 1 }
    }
    return (wrong, missed, positives)
  }

  @Test func answersMostOfWhatItHasLearned() async throws {
    let judge = StudentJudge(over: Teacher(), accuracy: 0.95)
    let result = try await run(judge)
    let statistics = judge.statistics
    #expect(statistics.answered + statistics.asked == Self.captions.count)
    #expect(statistics.answered > Self.captions.count / 2, "\(statistics)")
    #expect(Double(result.wrong) < 0.05 * Double(statistics.answered))
    #expect(Double(result.missed) < 0.05 * Double(result.positives))
    #expect(statistics.audited > 0 && judge.version == "student 1 at 0.95, t")
  }

  /// A teacher whose labels do not follow from the text cannot be replaced.
  @Test func staysSilentWhereNothingCanBeLearned() async throws {
    let judge = StudentJudge(over: Teacher(noise: 1), accuracy: 0.95)
    _ = try await run(judge)
    #expect(judge.statistics.answered < Self.captions.count / 100)
  }

  /// Where only one text of fifty is helpful, guessing 0 is right most of the time, and useless.
  @Test func rareProgressIsNotGuessedAway() {
    var range = SureRange(accuracy: 0.95)
    var generator = RandomGenerator(seed: 2)
    for index in 0..<4_000 {
      // The student knows nothing: its log-odds are noise below 0.
      range.compare(-generator.uniform(), isPositive: index % 50 == 0, weight: 1)
    }
    #expect(range.guess(-0.99) == nil && range.guess(-0.5) == nil)
    for index in 0..<4_000 {
      let isPositive = index % 50 == 0
      range.compare(isPositive ? 2 : -2, isPositive: isPositive, weight: 1)
    }
    #expect(range.guess(-2) == false && range.guess(2) == nil || range.guess(2) == true)
  }

  @Test func wilsonsIntervalAgreesWithItsTable() {
    // 95 of 100: 0.8882 ... 0.9785.
    #expect(abs(SureRange.lowest(0.95, of: 100) - 0.8882) < 1e-4)
    #expect(SureRange.lowest(1, of: 0) == 0)
  }

  /// What cannot be asked is not learned, and a failure is not an answer.
  @Test func failuresReachTheCaller() async throws {
    struct Broken: CaptionJudge {
      let kind = "llm"
      let version: String? = nil
      let concurrency = 3
      func judge(_ caption: [UInt8], deadlineSeconds: Double) async throws(ModelFailure) -> Judgement {
        throw .unavailable("down")
      }
    }
    let judge = StudentJudge(over: Broken(), accuracy: 0.9)
    #expect(judge.version == nil && judge.concurrency == 3)
    await #expect(throws: ModelFailure.self) {
      try await judge.judge(Array("You see a newt.".utf8), deadlineSeconds: 1)
    }
    #expect(judge.statistics == StudentStatistics())
  }
}
