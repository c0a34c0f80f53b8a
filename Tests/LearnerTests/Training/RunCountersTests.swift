import Foundation
import Testing

@testable import Learner

struct RunCountersTests {
  /// received = trained + discarded + queued, and after a restart nothing is queued.
  @Test func whatWaitedAtARestartIsDiscarded() {
    var counters = RunCounters(seed: 1)
    counters.playedSteps = 100
    counters.trainedSteps = 60
    counters.discardedStale = 10
    counters.discardedOverflow = 3
    counters.discardedUnlabelled = 2
    counters.resume()
    #expect(counters.discardedByRestart == 25)
    #expect(counters.playedSteps == counters.trainedSteps + counters.discardedSteps)
    let once = counters
    counters.resume()
    #expect(counters == once)
  }

  /// Checkpoints of all versions have the same names.
  @Test func checkpointsOfTheFirstVersionAreRead() throws {
    let text = """
      {"discardedByRestart":3,"discardedOverflow":2,"discardedStale":1,"episodes":4,"frames":10,"received":16,\
      "seedStream":18446744073709551615,"skippedUpdates":5,"updates":6}
      """
    let counters = try JSONDecoder().decode(RunCounters.self, from: Data(text.utf8))
    #expect(counters.trainedSteps == 10 && counters.playedSteps == 16 && counters.policyVersion == 6)
    #expect(counters.discardedSteps == 6 && counters.episodes == 4 && counters.skippedUpdates == 5)
    #expect(counters.seedStream == .max)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    #expect(String(decoding: try encoder.encode(counters), as: UTF8.self) == text)
  }

  @Test(
    arguments: ["frames", "received", "updates", "episodes", "discardedNotFinite", "discardedUnlabelled"],
    ["-1", "9223372036854775807"])
  func countersThatNoRunCanHaveAreRefused(name: String, value: String) throws {
    var counters = RunCounters(seed: 1)
    (counters.discardedNotFinite, counters.discardedUnlabelled) = (3, 3)
    let text = String(decoding: try JSONEncoder().encode(counters), as: UTF8.self)
    #expect(try JSONDecoder().decode(RunCounters.self, from: Data(text.utf8)) == counters)
    let number = ["discardedNotFinite", "discardedUnlabelled"].contains(name) ? "3" : "0"
    let changed = text.replacing("\"\(name)\":\(number)", with: "\"\(name)\":\(value)")
    #expect(changed != text)
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(RunCounters.self, from: Data(changed.utf8)) }
  }
}
