import Captions
import Testing

@testable import Learner

/// When the learner warns that nobody labels.
@Suite struct LabelWatchTests {
  /// A ledger with one caption that waits, after a number of answers.
  private func waiting(answers: Int) -> LedgerStatistics {
    var ledger = CaptionLedger()
    for number in 0..<answers {
      _ = ledger.intern(Array("caption \(number)".utf8))
      let task = UInt64(number)
      let taken = ledger.take(1, for: "one", task: task, now: 0, deadlineSeconds: 10)
      _ = ledger.complete(task, by: "one", answers: taken.map { CaptionAnswer($0, Judgement(.label(1))) })
    }
    _ = ledger.intern(Array("the last".utf8))
    return ledger.statistics
  }

  @Test func aMinuteWithoutAnswersIsSaidOnceWithItsCause() {
    var watch = LabelWatch(isAnnotated: true)
    let captions = waiting(answers: 0)
    #expect(watch.observe(captions, annotators: 0, now: 100) == nil)
    #expect(watch.observe(captions, annotators: 0, now: 159) == nil)
    #expect(watch.observe(captions, annotators: 0, now: 160)?.contains("no annotator is connected") == true)
    #expect(watch.observe(captions, annotators: 0, now: 165) == nil)
    #expect(watch.observe(captions, annotators: 2, now: 170)?.contains("2 annotator(s) are connected") == true)
    #expect(watch.observe(captions, annotators: 2, now: 769) == nil)
    #expect(watch.observe(captions, annotators: 2, now: 770) != nil)
  }

  @Test func anAnswerStartsTheMinuteAgain() {
    var watch = LabelWatch(isAnnotated: true)
    #expect(watch.observe(waiting(answers: 0), annotators: 1, now: 0) == nil)
    #expect(watch.observe(waiting(answers: 1), annotators: 1, now: 59) == nil)
    #expect(watch.observe(waiting(answers: 1), annotators: 1, now: 118) == nil)
    #expect(watch.observe(waiting(answers: 1), annotators: 1, now: 120) == nil)
    #expect(watch.observe(waiting(answers: 1), annotators: 1, now: 178) != nil)
  }

  @Test func whereNothingIsAskedOrWaitsAllIsWell() {
    var silent = LabelWatch(isAnnotated: false)
    var idle = LabelWatch(isAnnotated: true)
    for now in [0.0, 1000] {
      #expect(silent.observe(waiting(answers: 0), annotators: 0, now: now) == nil)
      #expect(idle.observe(LedgerStatistics(), annotators: 0, now: now) == nil)
    }
  }
}
