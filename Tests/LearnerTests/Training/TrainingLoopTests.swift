import Captions
import Checkpoints
import Configuration
import Foundation
import IntrinsicReward
import Tensor
import TestSupport
import Testing
import Transport

@testable import Learner

/// Unrolls have 8 frames, batches 16, and updates are made on the calling thread.
struct TrainingLoopTests {
  private typealias Event = TrainerEvent<ActorCriticAlgorithm>

  private let folder: TemporaryDirectory
  private let store: CheckpointStore
  private let source: TrajectorySource
  private let algorithm: ActorCriticAlgorithm
  private let mailbox: TrainerMailbox<ActorCriticAlgorithm>
  private let loop: TrainingLoop<ActorCriticAlgorithm>

  init() throws { try self.init { _ in } }

  private init(_ change: (inout RunConfiguration) -> Void) throws {
    folder = try TemporaryDirectory()
    store = try CheckpointStore(directory: folder.url.appending(path: "checkpoints"), keep: 3)
    let configuration = TrajectorySource.configuration(change)
    source = try TrajectorySource(configuration)
    algorithm = try ActorCriticAlgorithm(plan: source.plan, trainingThreads: 1)
    mailbox = try TrainerMailbox(algorithm: algorithm, queueCapacity: 1024, counters: RunCounters(seed: 1))
    loop = TrainingLoop(
      .init(
        batchFrames: configuration.learner.batchSize, maximumLag: 3, totalSteps: 320,
        publishUpdates: UInt64(configuration.learner.publishUpdates)),
      algorithm: algorithm, mailbox: mailbox,
      saver: CheckpointSaver(store: store, intervalSeconds: 1e9, metadata: [:], clock: { 0 }))
  }

  private func offer(_ versions: UInt64..., from peer: UInt8 = 1) throws {
    for version in versions { #expect(mailbox.queue.offer(try source.queued(version: version, from: peer))) }
  }

  @Test func aTurnTrainsAndPublishes() throws {
    #expect(!loop.turnIfReady().worked)
    try offer(0)
    #expect(!loop.turnIfReady().worked)
    try offer(0, from: 2)
    let before = mailbox.policy.current
    let turn = loop.turnIfReady()
    #expect(turn.worked && turn.end == nil)
    #expect(mailbox.counters.trainedSteps == 16)
    #expect(mailbox.counters.policyVersion == 1)

    let policy = mailbox.policy.current
    #expect(policy.policyVersion == 1 && before.policyVersion == 0)
    let count = policy.parameters.count
    let trained = algorithm.parameters
    #expect((0..<count).allSatisfy { policy.parameters.pointer[$0] == trained.pointer[$0] })
    #expect((0..<count).contains { policy.parameters.pointer[$0] != before.parameters.pointer[$0] })
    // A copy: the trainer continues to change its own buffer.
    #expect(policy.parameters.pointer != trained.pointer)

    let events = mailbox.takeEvents()
    try #require(events.count == 2)
    guard case .taken(let batch) = events[0] else { throw Unexpected(events[0]) }
    #expect(batch.sources == [PeerID([1]), PeerID([2])])
    #expect(batch.queued == 16 && !batch.waited)
    guard case .trained(let report) = events[1] else { throw Unexpected(events[1]) }
    #expect(report.policyVersion == 1 && report.frames == 16 && report.statistics.nonFiniteTensor == nil)
  }

  @Test func workersAreGivenEverySecondPolicy() throws {
    let test = try Self { $0.learner.publishUpdates = 2 }
    for published: UInt64 in [0, 2, 2, 4] {
      try test.offer(test.mailbox.policy.current.policyVersion, test.mailbox.policy.current.policyVersion)
      #expect(test.loop.turnIfReady().worked)
      #expect(test.mailbox.policy.current.policyVersion == published)
    }
  }

  @Test func staleUnrollsAreDiscardedAndCounted() throws {
    algorithm.policyVersion = 10
    try offer(6, 7, from: 1)
    try offer(2, 9, from: 2)
    #expect(loop.turnIfReady().worked)
    #expect(mailbox.counters.discardedStale == 16)
    #expect(mailbox.counters.trainedSteps == 16)
    let events = mailbox.takeEvents()
    try #require(events.count == 3)
    guard case .discarded(let sources) = events[0] else { throw Unexpected(events[0]) }
    #expect(sources == [PeerID([1]), PeerID([2])])
    guard case .trained(let report) = events[2] else { throw Unexpected(events[2]) }
    #expect(report.statistics.minimumPolicyLag == 1 && report.statistics.maximumPolicyLag == 3)
  }

  @Test func nothingButStaleUnrollsMakeNoUpdate() throws {
    algorithm.policyVersion = 10
    try offer(1)
    #expect(loop.turnIfReady().end == nil)
    #expect(mailbox.counters == with(RunCounters(seed: 1)) { $0.discardedStale = 8 })
    #expect(algorithm.policyVersion == 10)
  }

  private func with(_ counters: RunCounters, _ change: (inout RunCounters) -> Void) -> RunCounters {
    var counters = counters
    change(&counters)
    return counters
  }

  /// A batch of which no unroll can be trained on.
  private func badTurn() throws -> RunEnd? {
    for peer: UInt8 in [1, 2] {
      #expect(mailbox.queue.offer(try source.poisoned(version: algorithm.policyVersion, from: peer, sequence: 5)))
    }
    return loop.turnIfReady().end
  }

  private func goodTurn() throws -> RunEnd? {
    try offer(algorithm.policyVersion, algorithm.policyVersion)
    return loop.turnIfReady().end
  }

  @Test func tenUpdatesInARowThatAreNotFiniteEndTheRun() throws {
    for _ in 0..<9 { #expect(try badTurn() == nil) }
    #expect(algorithm.policyVersion == 0)
    #expect(mailbox.counters.skippedUpdates == 9 && mailbox.counters.policyVersion == 0)
    #expect(mailbox.counters.trainedSteps == 0 && mailbox.counters.discardedNotFinite == 9 * 16)
    guard case .failed(let reason) = try badTurn() else { throw Unexpected("no failure") }
    #expect(reason == "10 updates in a row were not finite, first behaviour log-probabilities")
    let reports = mailbox.takeEvents().compactMap { if case .trained(let report) = $0 { report } else { nil } }
    // Both unrolls of a batch are bad, so neither is proven to be the cause.
    #expect(
      reports[0].unusable
        == [
          NonFiniteUnrolls(
            tensor: "behaviour log-probabilities",
            unrolls: [1, 2].map { UnrollOrigin(source: PeerID([$0]), sequence: 5) }, areProven: false)
        ])
  }

  /// Whole batches of bad unrolls may be the fault of the parameters, until others are trained on from the same ones.
  @Test func theNextGoodBatchProvesThatEarlierOnesWereBad() throws {
    let bad = [try source.poisoned(from: 1, sequence: 7), try source.poisoned(from: 1, sequence: 8)]
    for unroll in bad { #expect(try algorithm.train([unroll]).unusable.map(\.areProven) == [false]) }
    let good = try algorithm.train([try source.queued(from: 2)])
    #expect(
      good.unusable
        == bad.map {
          NonFiniteUnrolls(tensor: "behaviour log-probabilities", unrolls: [$0.origin], areProven: true)
        })
    #expect(good.frames == 8 && algorithm.policyVersion == 1)
    #expect(try algorithm.train([try source.queued(from: 2)]).unusable.isEmpty)
  }

  /// The unroll that is the cause is named; the rest of its batch is trained on as if it had not been there.
  @Test func oneBadUnrollCostsItsSenderAlone() throws {
    let (good, bad) = (try source.queued(from: 2), try source.poisoned(from: 1, sequence: 41))
    let mixed = try algorithm.train([good, bad])
    #expect(
      mixed.unusable
        == [
          NonFiniteUnrolls(
            tensor: "behaviour log-probabilities", unrolls: [UnrollOrigin(source: PeerID([1]), sequence: 41)],
            areProven: true)
        ])
    #expect(mixed.frames == 8 && mixed.discardedFrames == 8 && mixed.nonFiniteTensor == nil)
    #expect(algorithm.policyVersion == 1)
    let clean = try ActorCriticAlgorithm(plan: source.plan, trainingThreads: 1)
    _ = try clean.train([good])
    let (ours, theirs) = (algorithm.parameters, clean.parameters)
    #expect((0..<ours.count).allSatisfy { ours.pointer[$0] == theirs.pointer[$0] })
  }

  /// A state that is not finite is neither published nor saved, and ends the run at once.
  @Test func parametersThatAreNotFiniteEndTheRunAtOnce() throws {
    #expect(try goodTurn() == nil)
    loop.checkpoint()
    algorithm.parameters.pointer[algorithm.parameters.count - 1] = .nan
    guard case .failed(let reason) = try goodTurn() else { throw Unexpected("no failure") }
    let name = try #require(source.plan.network.parameters.slices.last).name
    #expect(reason.hasPrefix("parameter \(name) is not finite, so the policy cannot be trained"))
    #expect(mailbox.policy.current.policyVersion == 1)
    #expect(try store.steps() == [16])
    #expect(try store.loadNewest().checkpoint?.policyVersion == 1)
  }

  @Test func aGoodUpdateInBetweenForgives() throws {
    for _ in 0..<9 { #expect(try badTurn() == nil) }
    #expect(try goodTurn() == nil)
    for _ in 0..<9 { #expect(try badTurn() == nil) }
    #expect(mailbox.counters.skippedUpdates == 18 && mailbox.counters.policyVersion == 1)
  }

  @Test func labelsCountFromTheNextUpdateOn() throws {
    // Every caption has a reward.
    mailbox.send(RewardUpdate(labels: (101..<120).map { CaptionLabel(caption: $0, value: 1) }))
    var intrinsic = 0.0
    for _ in 0..<10 where intrinsic == 0 {
      _ = try goodTurn()
      for case .trained(let report) in mailbox.takeEvents() { intrinsic += report.rewards.intrinsicSum }
    }
    #expect(intrinsic > 0)
  }

  @Test func theLastStepSavesAndCompletes() throws {
    var end: RunEnd?
    var turns = 0
    while end == nil, turns < 100 {
      end = try goodTurn()
      turns += 1
    }
    #expect(end == .completed)
    #expect(turns == 20)
    #expect(try store.steps() == [320])
  }

  /// A run whose last checkpoint is missing has failed, however it ended, and says what is kept.
  @Test func aLastCheckpointThatCannotBeWrittenIsAFailure() throws {
    _ = try goodTurn()
    loop.checkpoint()
    try FileManager.default.moveItem(atPath: store.directory, toPath: store.directory + "-kept")
    try Data().write(to: URL(filePath: store.directory))
    guard case .failed(let reason) = loop.saved(.completed) else { throw Unexpected("success") }
    #expect(reason.hasPrefix("its last checkpoint was not written: \(store.directory)/"))
    #expect(reason.hasSuffix(". No earlier checkpoint is intact"))
    guard case .failed(let both) = loop.saved(.failed("the sky fell")) else { throw Unexpected("success") }
    #expect(both.hasPrefix("the sky fell. Besides, its last checkpoint was not written: "))
    try FileManager.default.removeItem(atPath: store.directory)
    try FileManager.default.moveItem(atPath: store.directory + "-kept", toPath: store.directory)
    #expect(loop.saved(.stopped) == .stopped)
  }

  @Test func stoppingItsThreadSavesToo() throws {
    loop.start()
    try offer(0, 0)
    mailbox.queue.close()
    loop.join()
    #expect(try store.steps().count == 1)
    let events = mailbox.takeEvents()
    guard case .finished(let end)? = events.last else { throw Unexpected(events) }
    #expect(end == .stopped)
  }
}
