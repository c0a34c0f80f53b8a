import Testing

@testable import Annotation

struct StubAnnotatorTests {
  @Test func saysWhatTheOracleSays() {
    let stub = StubAnnotator { caption in caption.isEmpty ? nil : caption[0] == 1 ? 1 : 0 }
    #expect(stub.annotate([1]) == .label(1))
    #expect(stub.annotate([2]) == .label(0))
    #expect(stub.annotate([]) == .abstain)
    #expect(StubAnnotator { _ in .nan }.annotate([1]) == .abstain)
  }

  @Test func flipsAboutTheShareItIsTold() {
    let captions = (0..<4_000).map { bytes("caption \($0)") }
    for rate in [0, 0.1, 0.5, 1] as [Float] {
      let stub = StubAnnotator(flipRate: rate, seed: 3) { _ in 1 }
      let flipped = captions.count { stub.annotate($0) == .label(0) }
      // Five standard deviations of a binomial count.
      let spread = 5 * (4_000 * rate * (1 - rate)).squareRoot()
      #expect(abs(Float(flipped) - 4_000 * rate) <= spread)
    }
  }

  @Test func flipsTheSameCaptionsEveryTime() {
    let captions = (0..<500).map { bytes("caption \($0)") }
    var stub = StubAnnotator(flipRate: 0.2, seed: 3) { _ in 1 }
    let few = captions.filter { stub.annotate($0) == .label(0) }
    #expect(few == captions.filter { StubAnnotator(flipRate: 0.2, seed: 3) { _ in 1 }.annotate($0) == .label(0) })
    #expect(few != captions.filter { StubAnnotator(flipRate: 0.2, seed: 4) { _ in 1 }.annotate($0) == .label(0) })
    stub.flipRate = 0.4
    #expect(few.allSatisfy { stub.annotate($0) == .label(0) })
  }
}

struct AnswerScheduleTests {
  @Test func answersAfterItsDelay() {
    #expect(AnswerSchedule(start: 5, delaySeconds: 2).answerTime(arrival: 100) == 102)
    #expect(AnswerSchedule(start: 5).answerTime(arrival: 5) == 5)
    // No length, no outage.
    #expect(AnswerSchedule(start: 5, outageAfterSeconds: 3).answerTime(arrival: 8) == 8)
  }

  /// Start 10, delay 2, out from 20 until 25.
  @Test(
    arguments: [
      (17.9, 19.9), (18.0, nil), (19.0, nil), (20.0, nil), (24.9, nil), (25.0, 27.0), (40.0, 42.0),
    ] as [(Double, Double?)])
  func anOutageSwallowsWhatItMeets(arrival: Double, answer: Double?) {
    let schedule = AnswerSchedule(start: 10, delaySeconds: 2, outageAfterSeconds: 10, outageSeconds: 5)
    #expect(schedule.answerTime(arrival: arrival) == answer)
  }

  @Test func aLongRequestDoesNotOutliveAnOutageInBetween() {
    let schedule = AnswerSchedule(start: 0, delaySeconds: 100, outageAfterSeconds: 10, outageSeconds: 5)
    #expect(schedule.answerTime(arrival: 5) == nil)
    #expect(schedule.answerTime(arrival: 15) == 115)
    #expect(schedule.isOut(at: 10) && !schedule.isOut(at: 15) && !schedule.isOut(at: 9))
  }
}
