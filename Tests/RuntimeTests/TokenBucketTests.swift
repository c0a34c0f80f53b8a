import Runtime
import Testing

@Suite struct TokenBucketTests {
  @Test func givesTheRateOnAverageAndNoMoreThanASecondAtOnce() {
    var bucket = TokenBucket(perSecond: 4)
    #expect(bucket.available(now: 100) == 4)
    bucket.take(4)
    #expect(bucket.available(now: 100) == 0)
    #expect(bucket.available(now: 100.3) == 1)
    bucket.take(1)
    #expect(bucket.available(now: 1000) == 4, "a long pause earns one second's units")
  }

  @Test func aSlowRateGivesWholeUnits() {
    var bucket = TokenBucket(perSecond: 0.5)
    #expect(bucket.available(now: 0) == 1)
    bucket.take(1)
    #expect(bucket.available(now: 1) == 0)
    #expect(bucket.available(now: 2) == 1)
  }

  @Test func aClockThatStepsBackChangesNothing() {
    var bucket = TokenBucket(perSecond: 2)
    #expect(bucket.available(now: 10) == 2)
    bucket.take(2)
    #expect(bucket.available(now: 5) == 0)
    #expect(bucket.available(now: 10.5) == 1)
  }
}
