import Testing

@testable import Telemetry

@Suite struct RateMeterTests {
  @Test func nothingIsKnownBeforeTimePasses() {
    var meter = RateMeter(windowSeconds: 10, start: 100)
    meter.record(5, at: 100)
    #expect(meter.perSecond(at: 100) == nil)
    #expect(meter.perSecond(at: 101) == 5)
  }

  @Test func aSteadyStreamHasItsRate() {
    var meter = RateMeter(windowSeconds: 10, start: 0)
    for tick in 1...600 { meter.record(50, at: Double(tick) * 0.1) }
    let rate = meter.perSecond(at: 60)
    #expect(rate.map { abs($0 - 500) < 15 } == true)
  }

  @Test func oldEventsLeaveTheWindow() {
    var meter = RateMeter(windowSeconds: 10, start: 0)
    meter.record(1000, at: 1)
    #expect(meter.perSecond(at: 5) == 200)
    #expect(meter.perSecond(at: 10.9) == 1000 / 9.9)
    #expect(meter.perSecond(at: 12) == 0)
    #expect(meter.perSecond(at: 1e9) == 0)
    meter.record(10, at: 1e6)
    #expect(meter.perSecond(at: 1e6 + 1).map { $0 < 2 && $0 > 0.9 } == true)
  }

  @Test func aPauseLeavesNoOldCountsBehind() {
    for pause in [0.5, 1, 4, 9.5, 10, 10.5, 20, 1000] {
      var meter = RateMeter(windowSeconds: 10, start: 0)
      for tick in 0..<100 { meter.record(7, at: Double(tick) * 0.1) }
      let now = 10 + pause
      meter.record(3, at: now)
      // Slow oracle: events of the buckets the window covers, by their half-second slots.
      let newest = Int(now / 0.5)
      var sum = 3
      for tick in 0..<100 where Int(Double(tick) * 0.1 / 0.5) > newest - 20 { sum += 7 }
      let seconds = now - Double(newest - 19) * 0.5
      #expect(meter.perSecond(at: now) == Double(sum) / seconds, "pause of \(pause) s")
    }
  }

  @Test func aClockThatGoesBackIsHarmless() {
    var meter = RateMeter(windowSeconds: 10, start: 50)
    meter.record(1, at: 60)
    meter.record(1, at: 40)
    #expect(meter.perSecond(at: 40) == nil)
    // The window begins with the bucket of 50.5 s.
    #expect(meter.perSecond(at: 60) == 2 / 9.5)
  }
}

@Suite struct EpisodeWindowTests {
  @Test func meansAreOfTheLastEpisodes() {
    var window = EpisodeWindow(capacity: 3)
    #expect(window.returnMean == nil && window.lengthMean == nil && window.successRate == nil)
    window.record(episodeReturn: 10, length: 100, succeeded: true)
    #expect(window.returnMean == 10 && window.lengthMean == 100 && window.successRate == 1)
    for value in 1...6 { window.record(episodeReturn: Double(value), length: value, succeeded: value == 5) }
    #expect(window.returnMean == 5)
    #expect(window.lengthMean == 5)
    #expect(window.successRate == 1.0 / 3)
    #expect(window.count == 3)
  }
}
