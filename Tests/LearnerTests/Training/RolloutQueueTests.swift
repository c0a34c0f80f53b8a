import ActorCritic
import Foundation
import Synchronization
import Testing
import Transport

@testable import Learner

/// Unrolls here have 8 frames.
struct RolloutQueueTests {
  private let source: TrajectorySource

  init() throws { source = try TrajectorySource() }

  private func request(_ frames: Int, version: UInt64, maximumLag: Int) -> BatchRequest {
    BatchRequest(frames: frames, policyVersion: version, maximumLag: maximumLag)
  }

  private func queue(capacity: Int = 64, groups: ClosedRange<UInt64>, version: UInt64 = 0) throws -> RolloutQueue<
    QueuedUnroll
  > {
    let queue = RolloutQueue<QueuedUnroll>(capacity: capacity)
    for group in groups { #expect(queue.offer(try source.queued(version: version, group: group))) }
    return queue
  }

  @Test func refusesWhatExceedsItsBound() throws {
    let queue = try queue(capacity: 24, groups: 1...3)
    #expect(queue.depth == 24)
    #expect(!queue.offer(try source.queued(group: 4)))
    #expect(queue.depth == 24)
    _ = queue.takeBatchIfReady(request(8, version: 0, maximumLag: 0))
    #expect(queue.offer(try source.queued(group: 4)))
  }

  @Test func handsOutWholeUnrollsInOrderOfArrival() throws {
    let queue = try queue(groups: 1...5)
    #expect(queue.takeBatchIfReady(request(16, version: 0, maximumLag: 0))?.items.map(\.group) == [1, 2])
    #expect(queue.takeBatchIfReady(request(9, version: 0, maximumLag: 0))?.items.map(\.group) == [3, 4])
    #expect(queue.takeBatchIfReady(request(9, version: 0, maximumLag: 0)) == nil)
    #expect(queue.depth == 8)
    #expect(queue.takeBatchIfReady(request(8, version: 0, maximumLag: 0))?.items.map(\.group) == [5])
    #expect(queue.depth == 0)
  }

  @Test func takesStaleUnrollsFromAnyPlace() throws {
    let queue = RolloutQueue<QueuedUnroll>(capacity: 64)
    for (group, version) in zip(UInt64(1)..., [7, 6, 10, 2, 9] as [UInt64]) {
      #expect(queue.offer(try source.queued(version: version, group: group)))
    }
    let batch = try #require(queue.takeBatchIfReady(request(16, version: 10, maximumLag: 3)))
    #expect(batch.stale.map(\.group) == [2, 4])
    #expect(batch.items.map(\.group) == [1, 3])
    #expect(queue.depth == 8)
  }

  /// Their workers wait for the credit.
  @Test func handsOutStaleUnrollsEvenWithoutABatch() throws {
    let queue = try queue(groups: 1...2, version: 1)
    let batch = try #require(queue.takeBatchIfReady(request(64, version: 5, maximumLag: 3)))
    #expect(batch.stale.count == 2)
    #expect(batch.items.isEmpty)
    #expect(queue.depth == 0)
  }

  /// Versions come from the wire.
  @Test func aVersionFromTheFutureIsNotStale() throws {
    let queue = try queue(groups: 1...1, version: .max)
    let batch = try #require(queue.takeBatchIfReady(request(8, version: 5, maximumLag: 3)))
    #expect(batch.stale.isEmpty)
    #expect(batch.items.count == 1)
    let old = try self.queue(groups: 1...1, version: 0)
    #expect(old.takeBatchIfReady(request(8, version: .max, maximumLag: 3))?.stale.count == 1)
  }

  @Test func anOfferWakesTheTrainer() throws {
    let queue = RolloutQueue<QueuedUnroll>(capacity: 64)
    let taken = waiting(for: queue)
    #expect(queue.offer(try source.queued(group: 9)))
    #expect(taken.value?.items.map(\.group) == [9])
  }

  @Test func closingWakesTheTrainerWithNothingAndRefusesTheRest() throws {
    let queue = try queue(groups: 1...1)
    let taken = waiting(for: queue, frames: 64)
    queue.close()
    #expect(taken.value == nil)
    #expect(!queue.offer(try source.queued()))
    #expect(queue.takeBatchIfReady(request(8, version: 0, maximumLag: 0)) == nil)
    #expect(queue.takeBatch(request(8, version: 0, maximumLag: 0)) == nil)
  }

  /// A thread that waits for a batch.
  private func waiting(for queue: RolloutQueue<QueuedUnroll>, frames: Int = 8) -> Waiting {
    let waiting = Waiting()
    let request = request(frames, version: 0, maximumLag: 0)
    Thread.detachNewThread {
      waiting.finish(queue.takeBatch(request))
    }
    return waiting
  }

  private final class Waiting: Sendable {
    private let batch = Mutex<RolloutBatch<QueuedUnroll>?>(nil)
    private let ended = DispatchSemaphore(value: 0)

    func finish(_ result: RolloutBatch<QueuedUnroll>?) {
      batch.withLock { $0 = result }
      ended.signal()
    }

    /// Waits for the thread.
    var value: RolloutBatch<QueuedUnroll>? {
      ended.wait()
      return batch.withLock { $0 }
    }
  }
}
