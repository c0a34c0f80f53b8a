import Testing

@testable import GameRules

struct StubOptionsTests {
  @Test func readsNamesAndValues() throws {
    let options = try StubOptions(
      "flip_rate=0.3  random_share=1 delay_seconds=2 outage_after_seconds=3 outage_seconds=4")
    #expect(options.flipRate == 0.3 && options.randomShare == 1)
    #expect(
      options.schedule(start: 5)
        == AnswerSchedule(start: 5, delaySeconds: 2, outageAfterSeconds: 3, outageSeconds: 4))
    let plain = try StubOptions("")
    #expect(plain.flipRate == 0 && plain.randomShare == 0.5 && plain.schedule(start: 0) == AnswerSchedule(start: 0))
  }

  @Test(arguments: ["flip_rate", "flip_rate=2", "flip_rate=x", "delay_seconds=-1", "delay_seconds=inf", "speed=1"])
  func namesAnOptionThatItCannotRead(option: String) {
    #expect(throws: StubOptions.Problem(option: option)) { try StubOptions("flip_rate=0 \(option)") }
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
