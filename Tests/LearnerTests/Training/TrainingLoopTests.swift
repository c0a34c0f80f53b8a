import Checkpoints
import Configuration
import Foundation
import IntrinsicReward
import Synchronization
import Tensor
import TestSupport
import Testing
import Transport

@testable import Learner

/// Unrolls have 8 frames, batches 16, and updates are made on the calling thread.
struct TrainingLoopTests {
  private let folder: TemporaryDirectory
  private let store: CheckpointStore
  private let source: TrajectorySource
  private let counters = CounterBox(RunCounters(seed: 1))
  private let events = Events()
  private let loop: TrainingLoop

  private final class Events: Sendable {
    private let all = Mutex<[TrainerEvent]>([])
    func put(_ event: TrainerEvent) { all.withLock { $0.append(event) } }
    func takeAll() -> [TrainerEvent] {
      all.withLock { all in
        defer { all = [] }
        return all
      }
    }
  }

  init() throws { try self.init { _ in } }

  private init(_ change: (inout RunConfiguration) -> Void) throws {
    folder = try TemporaryDirectory()
    store = try CheckpointStore(directory: folder.url.appending(path: "checkpoints"), keep: 3)
    let configuration = TrajectorySource.configuration {
      $0.run.steps = 320
      $0.learner.maximumPolicyLag = 3
      change(&$0)
    }
    source = try TrajectorySource(configuration)
    loop = TrainingLoop(
      trainer: try Trainer(plan: source.plan, trainingThreads: 1), queue: RolloutQueue(capacity: 1024),
      counters: counters,
      saver: CheckpointSaver(store: store, intervalSeconds: 1e9, metadata: [:], clock: { 0 }),
      report: { [events] in events.put($0) })
  }

  private func offer(_ versions: UInt64..., from peer: UInt8 = 1) throws {
    for version in versions { #expect(loop.queue.offer(try source.queued(version: version, from: peer))) }
  }

  @Test func aTurnTrainsAndPublishes() throws {
    #expect(!loop.turnIfReady().worked)
    try offer(0)
    #expect(!loop.turnIfReady().worked)
    try offer(0, from: 2)
    let before = loop.publisher.current
    let turn = loop.turnIfReady()
    #expect(turn.worked && turn.end == nil)
    #expect(counters.current.frames == 16)
    #expect(counters.current.updates == 1)

    let policy = loop.publisher.current
    #expect(policy.version == 1 && before.version == 0)
    let count = policy.parameters.count
    let trained = loop.trainer.parameters
    #expect((0..<count).allSatisfy { policy.parameters.pointer[$0] == trained.pointer[$0] })
    #expect((0..<count).contains { policy.parameters.pointer[$0] != before.parameters.pointer[$0] })
    // A copy: the trainer goes on.
    #expect(policy.parameters.pointer != trained.pointer)

    let events = events.takeAll()
    try #require(events.count == 2)
    guard case .taken(let sources) = events[0] else { throw Unexpected(events[0]) }
    #expect(sources == [PeerID([1]), PeerID([2])])
    guard case .trained(let report) = events[1] else { throw Unexpected(events[1]) }
    #expect(report.version == 1 && report.frames == 16 && report.statistics.nonFiniteTensor == nil)
  }

  @Test func workersAreGivenEverySecondPolicy() throws {
    let test = try Self { $0.learner.publishUpdates = 2 }
    for published: UInt64 in [0, 2, 2, 4] {
      try test.offer(test.loop.publisher.current.version, test.loop.publisher.current.version)
      #expect(test.loop.turnIfReady().worked)
      #expect(test.loop.publisher.current.version == published)
    }
  }

  @Test func staleUnrollsAreDiscardedAndCounted() throws {
    loop.trainer.version = 10
    try offer(6, 7, from: 1)
    try offer(2, 9, from: 2)
    #expect(loop.turnIfReady().worked)
    #expect(counters.current.discardedStale == 16)
    #expect(counters.current.frames == 16)
    let events = events.takeAll()
    try #require(events.count == 3)
    guard case .discarded(let sources) = events[0] else { throw Unexpected(events[0]) }
    #expect(sources == [PeerID([1]), PeerID([2])])
    guard case .trained(let report) = events[2] else { throw Unexpected(events[2]) }
    #expect(report.statistics.minimumPolicyLag == 1 && report.statistics.maximumPolicyLag == 3)
  }

  @Test func nothingButStaleUnrollsMakeNoUpdate() throws {
    loop.trainer.version = 10
    try offer(1)
    #expect(loop.turnIfReady().end == nil)
    #expect(counters.current == with(RunCounters(seed: 1)) { $0.discardedStale = 8 })
    #expect(loop.trainer.version == 10)
  }

  private func with(_ counters: RunCounters, _ change: (inout RunCounters) -> Void) -> RunCounters {
    var counters = counters
    change(&counters)
    return counters
  }

  /// Poisons the last parameter, which every value depends on: the next update is not finite.
  private func badTurn() throws -> TrainerEnd? {
    let parameter = loop.trainer.parameters.pointer + loop.trainer.parameters.count - 1
    let kept = parameter.pointee
    parameter.pointee = .nan
    defer { parameter.pointee = kept }
    return try goodTurn()
  }

  private func goodTurn() throws -> TrainerEnd? {
    try offer(loop.trainer.version, loop.trainer.version)
    return loop.turnIfReady().end
  }

  @Test func tenUpdatesInARowThatAreNotFiniteEndTheRun() throws {
    for _ in 0..<9 { #expect(try badTurn() == nil) }
    #expect(loop.trainer.version == 0)
    #expect(counters.current.skippedUpdates == 9 && counters.current.updates == 0)
    guard case .failed(let reason) = try badTurn() else { throw Unexpected("no failure") }
    let name = try #require(source.plan.network.parameters.slices.last).name
    #expect(reason == "10 updates in a row were not finite, first parameter \(name)")
  }

  @Test func aGoodUpdateInBetweenForgives() throws {
    for _ in 0..<9 { #expect(try badTurn() == nil) }
    #expect(try goodTurn() == nil)
    for _ in 0..<9 { #expect(try badTurn() == nil) }
    #expect(counters.current.skippedUpdates == 18 && counters.current.updates == 1)
  }

  @Test func labelsCountFromTheNextUpdateOn() throws {
    // Whatever a caption says, it is worth something.
    loop.news.put(RewardNews(labels: (101..<120).map { CaptionLabel(caption: $0, value: 1) }))
    var intrinsic = 0.0
    for _ in 0..<10 where intrinsic == 0 {
      _ = try goodTurn()
      for case .trained(let report) in events.takeAll() { intrinsic += report.rewards.intrinsicSum }
    }
    #expect(intrinsic > 0)
  }

  @Test func theLastStepSavesAndCompletes() throws {
    var end: TrainerEnd?
    var turns = 0
    while end == nil, turns < 100 {
      end = try goodTurn()
      turns += 1
    }
    #expect(end == .completed)
    #expect(turns == 20)
    #expect(try store.steps() == [320])
  }

  @Test func stoppingItsThreadSavesToo() throws {
    loop.start()
    try offer(0, 0)
    loop.queue.close()
    loop.join()
    #expect(try store.steps().count == 1)
    let events = events.takeAll()
    guard case .finished(let end)? = events.last else { throw Unexpected(events) }
    #expect(end == .stopped)
  }
}
