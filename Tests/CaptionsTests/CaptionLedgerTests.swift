import Testing

@testable import Captions

struct CaptionLedgerTests {
  @Test func internsDenselyFromOne() {
    var ledger = CaptionLedger()
    #expect(ledger.intern(bytes("a")) == 1)
    #expect(ledger.intern(bytes("b")) == 2)
    #expect(ledger.intern(bytes("a")) == 1)
    #expect(ledger.sightingCount(of: 1) == 2)
    #expect(ledger.bytes(of: 2) == bytes("b"))
    #expect(ledger.find(bytes("c")) == nil)
    #expect(ledger.bytes(of: 3) == nil)
  }

  @Test func theEmptyCaptionIsZeroAndNeverAsked() {
    var ledger = CaptionLedger()
    #expect(ledger.intern([]) == 0)
    #expect(ledger.find([]) == 0)
    #expect(ledger.state(of: 0) == nil)
    #expect(ledger.statistics.seen == 0)
    #expect(ledger.take(5, for: "anna", task: 1, now: 0, deadlineSeconds: 1).isEmpty)
    #expect(ledger.restore([], .label(1)) == nil)
  }

  @Test func aFullLedgerTurnsNewCaptionsAwayAndCountsThem() {
    var ledger = CaptionLedger(capacity: 2)
    #expect(ledger.intern(bytes("a")) == 1)
    #expect(ledger.intern(bytes("b")) == 2)
    #expect(ledger.intern(bytes("c")) == nil)
    #expect(ledger.intern(bytes("b")) == 2)
    #expect(ledger.statistics.overflowed == 1)
  }

  @Test func longCaptionsAreCutAsEnvironmentsCutThem() {
    var ledger = CaptionLedger()
    let long = [UInt8](repeating: 65, count: 300)
    #expect(ledger.intern(long) == 1)
    #expect(ledger.intern(Array(long.prefix(256))) == 1)
    #expect(ledger.find(long) == 1)
    #expect(ledger.bytes(of: 1)?.count == 256)
  }

  @Test func newestFirstAlsoAfterCaptionsComeBack() {
    var ledger = filled(5)
    #expect(ledger.take(2, for: "anna", task: 1, now: 0, deadlineSeconds: 10) == [5, 4])
    #expect(ledger.take(2, for: "bert", task: 2, now: 0, deadlineSeconds: 10) == [3, 2])
    _ = ledger.intern(bytes("new"))
    ledger.release("bert")
    #expect(ledger.take(9, for: "cleo", task: 3, now: 0, deadlineSeconds: 10) == [6, 3, 2, 1])
  }

  @Test func expiresAtItsDeadlineAndNotBefore() {
    var ledger = filled(1)
    _ = ledger.take(1, for: "anna", task: 1, now: 100, deadlineSeconds: 30)
    #expect(ledger.nextDeadline == 130)
    #expect(ledger.expire(now: 129.9).isEmpty)
    #expect(ledger.expire(now: 130) == [LapsedTask(task: 1, annotator: "anna", captions: 1)])
    #expect(ledger.state(of: 1) == .queued)
    #expect(ledger.nextDeadline == nil)
  }

  @Test func aLateAnswerStandsUnlessSomebodyElseHoldsTheCaption() {
    var ledger = filled(2)
    _ = ledger.take(2, for: "anna", task: 1, now: 0, deadlineSeconds: 1)
    ledger.expire(now: 2)
    _ = ledger.take(1, for: "bert", task: 2, now: 2, deadlineSeconds: 1)
    let late = ledger.complete(1, by: "anna", answers: [CaptionAnswer(1, .label(1)), CaptionAnswer(2, .label(1))])
    #expect(late.accepted == [CaptionAnswer(1, .label(1))])
    #expect(late.refused.map(\.reason) == [.heldByAnother])
    #expect(ledger.state(of: 2) == .inFlight(task: 2))
    #expect(ledger.statistics.late == 1)
  }

  @Test func onlyTheAnnotatorThatWasAskedIsHeard() {
    var ledger = filled(1)
    _ = ledger.take(1, for: "anna", task: 1, now: 0, deadlineSeconds: 1)
    let stranger = ledger.complete(1, by: "mallory", answers: [CaptionAnswer(1, .label(1))])
    #expect(stranger.accepted.isEmpty && stranger.refused.map(\.reason) == [.unknownTask])
    #expect(ledger.state(of: 1) == .inFlight(task: 1))
    #expect(ledger.complete(1, by: "anna", answers: [CaptionAnswer(1, .label(1))]).accepted.count == 1)
    #expect(ledger.label(of: 1) == 1)
  }

  @Test func abstainedIsNotZeroAndNotAskedAgain() {
    var ledger = filled(1)
    _ = ledger.take(1, for: "anna", task: 1, now: 0, deadlineSeconds: 1)
    _ = ledger.complete(1, by: "anna", answers: [CaptionAnswer(1, .abstain)])
    #expect(ledger.state(of: 1) == .abstained)
    #expect(ledger.label(of: 1) == nil)
    #expect(ledger.take(1, for: "anna", task: 2, now: 0, deadlineSeconds: 1).isEmpty)
  }

  @Test func anOutdatedVerdictIsReplacedByRestore() {
    var ledger = CaptionLedger()
    let stored: [(String, Verdict)] = [("a", .abstain), ("b", .label(0)), ("a", .label(1))]
    for (caption, verdict) in stored { #expect(ledger.restore(bytes(caption), verdict) != nil) }
    #expect(ledger.statistics.labelled == 2 && ledger.statistics.abstained == 0)
    var labels: [CaptionID: Float] = [:]
    ledger.forEachLabel { labels[$0] = $1 }
    #expect(labels == [1: 1, 2: 0])
    #expect(ledger.sightingCount(of: 1) == 0)
  }

  @Test func restoreReachesCaptionsInEveryState() {
    var ledger = filled(2)
    _ = ledger.take(1, for: "anna", task: 1, now: 0, deadlineSeconds: 1)
    #expect(ledger.restore(bytes("1"), .label(1)) == 1)
    #expect(ledger.restore(bytes("2"), .label(0)) == 2)
    #expect(ledger.restore(bytes("3"), .label(.nan)) == nil)
    #expect(ledger.statistics.queued == 0 && ledger.statistics.inFlight == 0)
    #expect(
      ledger.complete(1, by: "anna", answers: [CaptionAnswer(2, .label(1))]).refused.map(\.reason) == [.alreadyAnswered]
    )
    #expect(ledger.label(of: 2) == 0)
  }

  @Test func memoryOfAMillionCaptionsStaysBelowTwoHundredMegabytes() {
    // 100,000 captions of 60 bytes each; tables double, so a tenth of the count may reserve a fifth of the memory.
    var ledger = CaptionLedger()
    for number in 0..<100_000 {
      let digits = bytes("\(number)")
      _ = ledger.intern(digits + [UInt8](repeating: 46, count: 60 - digits.count))
    }
    #expect(ledger.statistics.seen == 100_000)
    #expect(ledger.reservedBytes < 20_000_000)
  }

  @Test func takesNoMoreThanATaskMayHold() {
    var ledger = filled(CaptionLedger.maximumTaskCaptions + 1)
    let taken = ledger.take(.max, for: "anna", task: 1, now: 0, deadlineSeconds: 1)
    #expect(taken.count == CaptionLedger.maximumTaskCaptions)
  }

  @Test func sightingsStopAtTheTop() {
    var ledger = filled(1)
    ledger.countSightings(.max, of: 1)
    ledger.countSightings(5, of: 7)
    #expect(ledger.sightingCount(of: 1) == .max)
    #expect(ledger.sightingCount(of: 7) == nil)
  }

  /// A ledger with captions "1" ... "count".
  private func filled(_ count: Int) -> CaptionLedger {
    var ledger = CaptionLedger()
    for number in 1...count { _ = ledger.intern(bytes("\(number)")) }
    return ledger
  }
}
