import Testing
import Wire

@testable import Worker

struct EpisodeTests {
  @Test func aTrackerSumsCountsAndBeginsAnew() {
    var tracker = EpisodeTracker()
    for reward in [1, -0.5, 2] as [Float] { tracker.add(reward: reward) }
    #expect(tracker.extrinsicReturn == 2.5 && tracker.length == 3)
    #expect([4, 9, 4, 4, 9].map { tracker.count($0) } == [1, 1, 2, 3, 2])
    #expect(tracker.finish(succeeded: true) == FinishedEpisode(episodeReturn: 2.5, length: 3, succeeded: true))
    #expect(tracker.extrinsicReturn == 0 && tracker.length == 0)
    #expect(tracker.count(4) == 1)
    #expect(tracker.finish(succeeded: false) == FinishedEpisode(episodeReturn: 0, length: 0, succeeded: false))
  }

  @Test func noCaptionIsNotCounted() {
    var tracker = EpisodeTracker()
    #expect([0, 0, 0].map { tracker.count($0) } == [0, 0, 0])
  }

  @Test func aCountSaturates() {
    var tracker = EpisodeTracker()
    for _ in 0..<Int(UInt16.max) { _ = tracker.count(1) }
    #expect(tracker.count(1) == .max)
    #expect(tracker.count(1) == .max)
  }

  @Test func noTwoEpisodesShareASeed() {
    var seen: Set<UInt64> = []
    for group in 0..<4 as Range<UInt64> {
      var seeds = EpisodeSeeds(seed: group, environmentCount: 16)
      for _ in 0..<100 { for e in 0..<16 { seen.insert(seeds.next(e)) } }
    }
    #expect(seen.count == 4 * 16 * 100)
  }

  /// Which environment's episode ends first depends on the policy; the seeds do not.
  @Test func anEnvironmentsSeedsDoNotDependOnTheOthers() {
    var together = EpisodeSeeds(seed: 8, environmentCount: 3)
    var alone = EpisodeSeeds(seed: 8, environmentCount: 3)
    let mixed = (0..<5).map { _ in
      _ = together.next(0)
      _ = together.next(2)
      return together.next(1)
    }
    #expect(mixed == (0..<5).map { _ in alone.next(1) })
  }
}
