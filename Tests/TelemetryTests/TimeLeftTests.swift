import Telemetry
import Testing

struct TimeLeftTests {
  @Test func theRateSoFarIsContinued() {
    let left = TimeLeft(now: 100)
    #expect(left.seconds(share: 0.25, now: 130) == 90)
    #expect(left.seconds(share: 1, now: 130) == 0)
    #expect(left.seconds(share: 0.001, now: 130) == nil && left.seconds(share: 0, now: 130) == nil)
    #expect(left.seconds(share: 1.5, now: 130) == nil && left.seconds(share: .nan, now: 130) == nil)
  }

  /// What earlier sessions did says nothing about the rate of this one.
  @Test func onlyThisSessionCounts() {
    let left = TimeLeft(now: 0, share: 0.5)
    #expect(left.seconds(share: 0.5, now: 10) == nil)
    #expect(left.seconds(share: 0.75, now: 10) == 10)
  }
}
