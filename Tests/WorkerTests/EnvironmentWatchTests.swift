import Testing

@testable import Worker

struct EnvironmentWatchTests {
  @Test func namesTheEpisodeTheStepAndTheAction() throws {
    let watch = EnvironmentWatch(group: 4, environments: 3)
    #expect(watch.current == nil)
    watch.make(2, clock: 0)
    #expect(watch.call(try #require(watch.current)).description == "environment 2 of group 4, which is being made")
    watch.start(2, seed: 77, clock: 10)
    #expect(
      watch.call(try #require(watch.current)).description
        == "environment 2 of group 4, at the start of the episode with seed 77")
    watch.step(2, action: 5, clock: 13)
    #expect(
      watch.call(try #require(watch.current)).description
        == "environment 2 of group 4, at step 3 of the episode with seed 77, action 5")
    watch.rest()
    #expect(watch.current == nil)
  }

  /// The group's step count wraps around, and actions beyond 16 bits count as the last one.
  @Test func countsWrapAround() throws {
    let watch = EnvironmentWatch(group: 0, environments: 65_536)
    watch.start(65_535, seed: 1, clock: .max)
    watch.step(65_535, action: .max, clock: 1)
    let call = watch.call(try #require(watch.current))
    #expect(call.environment == 65_535 && call.step == 2 && call.kind == .stepping(action: 0xFFFC))
  }

  @Test func findsACallThatDoesNotReturn() {
    let watches = (0..<2).map { EnvironmentWatch(group: $0, environments: 1) }
    var watchdog = EnvironmentWatchdog(watches, limit: 10)
    watches[1].start(0, seed: 3, clock: 0)
    watches[0].step(0, action: 1, clock: 0)
    var found: EnvironmentWatch.Call?
    var now = 0.0
    while found == nil, now < 20 {
      // Group 0 plays on: each step is another call, even of the same environment and action.
      watches[0].step(0, action: 1, clock: UInt32(now * 100))
      found = watchdog.check(now: now)
      now += 0.5
    }
    #expect(found?.group == 1 && found?.kind == .starting)
    #expect((10...11).contains(now - 0.5))
  }

  @Test func aProcessThatWasStoppedForAMinuteHasNotWaited() {
    let watch = EnvironmentWatch(group: 0, environments: 1)
    var watchdog = EnvironmentWatchdog([watch], limit: 10)
    watch.start(0, seed: 3, clock: 0)
    #expect(watchdog.check(now: 0) == nil)
    #expect(watchdog.check(now: 60) == nil)
    #expect(watchdog.check(now: 120) == nil)
  }

  @Test func looksOnlyWhenItIsDue() {
    let watch = EnvironmentWatch(group: 0, environments: 1)
    var watchdog = EnvironmentWatchdog([watch], limit: 0.2)
    #expect(watchdog.nextCheck(now: 5) == 5)
    #expect(watchdog.check(now: 5) == nil)
    #expect(watchdog.nextCheck(now: 5) == 5.01)
  }
}
