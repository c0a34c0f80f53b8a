import Runtime
import Tensor
import Testing

@testable import LanguageModelClient

@Suite struct RetryPolicyTests {
  @Test func onlyWhatCanPassIsRetried() {
    let retried = (100..<600).filter(RetryPolicy.isRetryable)
    #expect(retried == [408, 429, 500, 502, 503, 504])
  }

  @Test func ceilingsDoubleToTheMaximum() {
    let policy = RetryPolicy(firstSeconds: 0.5, maximumSeconds: 8)
    #expect((0..<7).map(policy.ceilingSeconds) == [0.5, 1, 2, 4, 8, 8, 8])
    #expect(policy.ceilingSeconds(attempt: 1000) == 8)
  }

  @Test(arguments: 0..<20) func pausesSpreadOverTheWholeRange(seed: UInt64) {
    let policy = RetryPolicy()
    var generator = RandomGenerator(seed: seed)
    let pauses = (0..<1000).compactMap { _ in
      policy.pause(attempt: 3, retryAfterSeconds: nil, remainingSeconds: 100, using: &generator)
    }
    #expect(pauses.count == 1000 && pauses.allSatisfy { (0..<2).contains($0) })
    #expect(pauses.contains { $0 < 0.1 } && pauses.contains { $0 > 1.9 })
  }

  @Test func theServersWishIsALowerBoundAndTheDeadlineAnUpper() {
    let policy = RetryPolicy()
    var generator = RandomGenerator(seed: 1)
    #expect(policy.pause(attempt: 0, retryAfterSeconds: 5, remainingSeconds: 6, using: &generator) == 5)
    #expect(policy.pause(attempt: 0, retryAfterSeconds: 5, remainingSeconds: 5, using: &generator) == nil)
    #expect(policy.pause(attempt: 0, retryAfterSeconds: nil, remainingSeconds: 0, using: &generator) == nil)
  }
}

@Suite struct CircuitBreakerTests {
  private var generator = RandomGenerator(seed: 7)

  private func closed(_ options: CircuitBreakerOptions = CircuitBreakerOptions()) -> CircuitBreaker {
    var breaker = CircuitBreaker(options)
    breaker.probeSucceeded()
    return breaker
  }

  @Test mutating func theFirstContactIsAProbe() {
    var breaker = CircuitBreaker(CircuitBreakerOptions())
    #expect(!breaker.isClosed)
    #expect(breaker.beginProbe(now: 0, using: &generator) == 1)
    #expect(breaker.beginProbe(now: 0, using: &generator) == nil, "one at a time")
    breaker.probeSucceeded()
    #expect(breaker.isClosed && breaker.nextTime == nil)
  }

  @Test mutating func failuresInARowOpenIt() {
    var breaker = closed()
    for _ in 0..<3 {
      for _ in 0..<4 { #expect(!breaker.record(failed: true, now: 1, using: &generator)) }
      #expect(!breaker.record(failed: false, now: 1, using: &generator))
    }
    for _ in 0..<4 { #expect(!breaker.record(failed: true, now: 1, using: &generator)) }
    #expect(breaker.record(failed: true, now: 1, using: &generator))
    #expect(!breaker.isClosed)
    #expect(!breaker.record(failed: true, now: 1, using: &generator), "it opens once")
  }

  @Test mutating func aFailingShareOpensItOnceTheWindowIsFull() {
    var breaker = closed()
    var results = 0
    while breaker.isClosed, results < 100 {
      _ = breaker.record(failed: results % 2 == 1, now: 1, using: &generator)
      results += 1
    }
    #expect(results == 20)
    var healthy = closed()
    for index in 0..<1000 { #expect(!healthy.record(failed: index % 3 == 0, now: 1, using: &generator)) }
  }

  /// However long the outage, a server that answers its next probe has work again after at most 13 s.
  @Test(arguments: 0..<50) func openPeriodsGrowToTheirBoundAndNoFurther(seed: UInt64) {
    var generator = RandomGenerator(seed: seed)
    var breaker = closed()
    breaker.trip(now: 0, using: &generator)
    var now = 0.0
    for opening in 0..<20 {
      let ceiling = min(8, Double(1 << min(opening, 4)))
      let until = breaker.nextTime ?? .nan
      #expect(until - now <= ceiling && until - now >= ceiling * (1 - CircuitBreaker.jitter))
      #expect(breaker.beginProbe(now: until - 1e-6, using: &generator) == nil)
      now = until
      let probe = breaker.beginProbe(now: now, using: &generator)
      #expect(probe == opening + 1)
      breaker.probeFailed(probe ?? 0, now: now, using: &generator)
    }
    breaker.probeSucceeded()
    breaker.trip(now: now, using: &generator)
    #expect((breaker.nextTime ?? .nan) - now <= 1, "the first period is short again")
  }

  @Test mutating func aProbeThatHangsMakesRoomForTheNextAndMayStillSucceed() throws {
    var breaker = CircuitBreaker(CircuitBreakerOptions())
    let first = try #require(breaker.beginProbe(now: 0, using: &generator))
    #expect(breaker.beginProbe(now: 4.9, using: &generator) == nil)
    #expect(breaker.beginProbe(now: 5, using: &generator) == nil, "the period after a failure begins")
    let second = try #require(breaker.beginProbe(now: 6, using: &generator))
    breaker.probeFailed(first, now: 6.5, using: &generator)
    #expect(breaker.state == .halfOpen(until: 11), "that one is no longer waited for")
    breaker.probeAbandoned(first, now: 6.5)
    #expect(breaker.state == .halfOpen(until: 11))
    breaker.probeSucceeded()
    #expect(breaker.isClosed)
    breaker.probeFailed(second, now: 7, using: &generator)
    #expect(breaker.isClosed)
  }

  @Test mutating func anAbandonedProbeIsMadeAgainAtOnce() throws {
    var breaker = CircuitBreaker(CircuitBreakerOptions())
    let probe = try #require(breaker.beginProbe(now: 3, using: &generator))
    breaker.probeAbandoned(probe, now: 4)
    #expect(breaker.beginProbe(now: 4, using: &generator) != nil)
  }
}
