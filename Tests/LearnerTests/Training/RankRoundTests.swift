import Foundation
import Ranks
import Testing

@testable import Learner

@Suite struct RankRoundTests {
  /// Makes one round, in which rank r brings `own(r)`.
  private func round(_ size: Int, _ own: @escaping @Sendable (Int) -> RankRound.Own) -> [RankRound.Outcome] {
    let lock = NSLock()
    nonisolated(unsafe) var outcomes: [Int: RankRound.Outcome] = [:]
    let group = DispatchGroup()
    for ranks in ThreadCommunicator.make(size: size) {
      group.enter()
      Thread {
        let outcome = try? RankRound(ranks).exchange(own(ranks.rank))
        lock.withLock { outcomes[ranks.rank] = outcome }
        group.leave()
      }.start()
    }
    group.wait()
    return (0..<size).compactMap { outcomes[$0] }
  }

  private func decisions(_ own: @escaping @Sendable (Int) -> RankRound.Own) -> [RankRound.Decision] {
    round(3, own).map(\.decision)
  }

  @Test func allTrainOnceAllHaveABatch() {
    #expect(decisions { _ in RankRound.Own(hasBatch: true) } == [.train, .train, .train])
    #expect(decisions { RankRound.Own(hasBatch: $0 != 1) } == [.wait, .wait, .wait])
  }

  @Test func oneRankEndsAll() {
    #expect(decisions { RankRound.Own(wish: $0 == 2 ? .stop : .proceed, hasBatch: true) } == [.stop, .stop, .stop])
    #expect(
      decisions { RankRound.Own(wish: $0 == 2 ? .fail : .stop, hasBatch: true) } == [.fail(2), .fail(2), .fail(2)])
  }

  @Test func ranksThatDriftApartAreNoticed() {
    #expect(decisions { RankRound.Own(hasBatch: true, policyVersion: $0 == 1 ? 4 : 3).self }[0] == .differ(1))
    #expect(
      decisions { RankRound.Own(hasBatch: true, checksum: $0 == 2 ? 4 : 3) } == [.differ(2), .differ(2), .differ(2)])
  }

  @Test func countsOfTheOthersAreAddedUp() {
    let outcomes = round(3) { rank in
      var own = RankRound.Own(workers: rank + 1, queuedFrames: 10 * rank)
      (own.counts.played, own.counts.episodes, own.counts.stale) = (100 * (rank + 1), rank, 7)
      return own
    }
    #expect(outcomes.map(\.others.workers) == [5, 4, 3])
    #expect(outcomes.map(\.others.queuedFrames) == [30, 20, 10])
    #expect(outcomes.map(\.counts.played) == [500, 400, 300])
    #expect(outcomes.map(\.counts.episodes) == [3, 2, 1])
    #expect(outcomes.map(\.counts.stale) == [14, 14, 14])
  }

  @Test func bytesGoUpAndDown() {
    let outcomes = round(3) { rank in
      RankRound.Own(up: rank == 1 ? [1, 2] : [], down: rank == 0 ? [9] : [])
    }
    #expect(outcomes.map(\.up) == [[[], [1, 2], []], [], []])
    #expect(outcomes.map(\.down) == [[9], [9], [9]])
  }
}
