import Testing
import Wire

@testable import Worker

struct CaptionInternerTests {
  private func intern(_ text: String, _ interner: CaptionInterner) -> UInt32 {
    Array(text.utf8).withUnsafeBufferPointer { interner.intern($0) }
  }

  @Test func numbersCaptionsFromOneAndHandsOutTheirTexts() {
    let interner = CaptionInterner(maximumCaptions: 1_000)
    #expect(["a", "", "b", "a", "c"].map { intern($0, interner) } == [1, 0, 2, 1, 3])
    #expect(interner.count == 3)
    #expect([1, 2, 3].map { String(decoding: interner.text(of: $0), as: UTF8.self) } == ["a", "b", "c"])
  }

  @Test func captionsBeyondTheBoundEarnNothing() {
    let interner = CaptionInterner(maximumCaptions: 2)
    #expect(["a", "b", "c", "b", "c"].map { intern($0, interner) } == [1, 2, 0, 2, 0])
    #expect(interner.count == 2)
    #expect(interner.overflowed == 2)
  }

  @Test func aHeartbeatCarriesTheRateSinceTheLastOne() {
    var statistics = WorkerStatistics()
    #expect(statistics.heartbeat(now: 0, captions: 0).stepsPerSecond == 0)
    var spent = RolloutTimes()
    (spent.environment, spent.wait) = (1, 0.5)
    statistics.collected(100, spent, now: 10)
    statistics.collected(300, spent, now: 12)
    statistics.discardedTrajectories = 2
    let beat = statistics.heartbeat(now: 15, captions: 7)
    #expect(beat.steps == 400 && beat.captions == 7 && beat.discardedTrajectories == 2)
    #expect(beat.stepsPerSecond == 60)
    #expect(beat.times.environment == 2 && beat.times.wait == 1 && beat.times.total == 3)
    #expect(statistics.heartbeat(now: 20, captions: 7).stepsPerSecond == 0)
  }
}
