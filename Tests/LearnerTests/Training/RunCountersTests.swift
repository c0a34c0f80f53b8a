import Testing

@testable import Learner

struct RunCountersTests {
  /// received = trained + discarded + queued, and after a restart nothing is queued.
  @Test func whatWaitedAtARestartIsDiscarded() {
    var counters = RunCounters(seed: 1)
    counters.playedSteps = 100
    counters.trainedSteps = 60
    counters.discardedStale = 10
    counters.discardedOverflow = 5
    counters.resume()
    #expect(counters.discardedByRestart == 25)
    #expect(counters.playedSteps == counters.trainedSteps + counters.discardedSteps)
    let once = counters
    counters.resume()
    #expect(counters == once)
  }
}
