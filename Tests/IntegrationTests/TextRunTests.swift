import Assembly
import Configuration
import Foundation
import Learner
import Runtime
import Serial
import Telemetry
import TestSupport
import Testing
import Transport

/// Text policies on the services of a run: they repeat as games do, with any number of workers.
@Suite struct TextRunTests {
  private static let updates = 12

  private static func configuration(_ change: (inout RunConfiguration) -> Void = { _ in }) -> RunConfiguration {
    SmallRun.text(updates: updates, change)
  }

  private func play(_ configuration: RunConfiguration) throws -> Weights {
    Weights(try SmallRun.play(configuration).policy)
  }

  @Test func theSameSeedGivesTheSameWeights() throws {
    let first = try play(Self.configuration())
    #expect(first.version == UInt64(Self.updates))
    #expect(try play(Self.configuration()) == first)
    #expect(try play(Self.configuration { $0.run.seed = 8 }) != first)
    // One thread has no lag, whatever is allowed.
    #expect(try play(Self.configuration { $0.learner.maximumPolicyLag = 1000 }) == first)
  }

  @Test func theMetricsShowWhatIsRight() throws {
    let folder = try TemporaryDirectory()
    try SmallRun.serial(Self.configuration(), in: folder).run(until: { nil })
    let record = try #require(try MetricsFile.lastRecord(of: folder.path + "/run/metrics.jsonl"))
    // Some answers are right and some are wrong, or the updates of these tests would teach nothing.
    let right = try #require(record.values[.successRate])
    #expect(right > 0.05 && right < 0.95, "\(right)")
    #expect(record.values[.lengthMean] != nil)
    #expect(record.values[.policyLagMaximum] == 0)
    #expect(record.facts["legal"] != nil)
  }

  /// Workers over TCP, without policy lag, compute what the serial run computes, however many they are.
  @Test(arguments: [1, 2, 3]) func aClusterWithoutLagEqualsTheSerialRun(workers: Int) throws {
    let configuration = Self.configuration()
    let serial = try play(configuration)
    let folder = try TemporaryDirectory()
    let learner = try ClusterLearner(configuration, in: folder)
    let peers = try (0..<workers).map { try ClusterWorker("w\($0)", learner.endpoint) }
    try learner.join()
    for peer in peers { try peer.join() }
    #expect(Weights(learner.policy) == serial)
    #expect(learner.counters.discardedSteps == 0 && learner.counters.trainedSteps == 32 * Self.updates)
  }

  /// A worker that takes units and vanishes costs the run nothing: others write its units.
  @Test func aLostWorkersUnitsAreWrittenByOthers() throws {
    let configuration = Self.configuration()
    let serial = try play(configuration)
    let folder = try TemporaryDirectory()
    let learner = try ClusterLearner(configuration, in: folder)
    var thief: RawPeer? = try RawPeer(learner.endpoint)
    try thief?.hello(.worker, name: "thief")
    thief = nil
    let worker = try ClusterWorker("w", learner.endpoint)
    try learner.join()
    try worker.join()
    #expect(Weights(learner.policy) == serial)
    #expect(learner.log.contains("thief"))
  }

  /// Plays some turns and then forgets everything that is not on disk, as SIGKILL does.
  private func kill(_ configuration: RunConfiguration, in folder: TemporaryDirectory, after turns: Int) throws {
    let run = try SmallRun.serial(configuration, in: folder)
    for _ in 0..<turns where run.learner.end == nil { try run.turn() }
  }

  /// Killed at any turn and resumed, a serial run equals one that is not.
  @Test func killedAndResumed() throws {
    let configuration = Self.configuration { $0.checkpoint.intervalSteps = 100 }
    let whole = try play(configuration)
    for turns in [3, 17, 30] {
      let folder = try TemporaryDirectory()
      try kill(configuration, in: folder, after: turns)
      let run = try SmallRun.serial(configuration, in: folder, resume: .auto)
      try run.run(until: { nil })
      #expect(Weights(run.learner.policy) == whole)
    }
  }

  /// A learner that crashes continues from its checkpoint as if nothing had happened, with the workers that it had.
  @Test func aLearnerThatCrashesRepeatsWhatItDid() throws {
    let configuration = Self.configuration { $0.checkpoint.intervalSteps = 64 }
    let serial = try play(Self.configuration())
    let folder = try TemporaryDirectory()
    let first = try ClusterLearner(configuration, in: folder, ending: .crash)
    let worker = try ClusterWorker("w", first.endpoint)
    try first.waitForSteps(128)
    try first.stop()
    try worker.stop()
    let second = try ClusterLearner(configuration, in: folder, resume: .auto)
    let other = try ClusterWorker("w", second.endpoint)
    try second.join()
    try other.join()
    #expect(Weights(second.policy) == serial)
  }

  /// With lag allowed, workers write ahead of the trainer, and what is trained on is not what the serial run trains on.
  @Test func workersWriteAheadWithLag() throws {
    let configuration = Self.configuration { $0.learner.maximumPolicyLag = 1000 }
    let folder = try TemporaryDirectory()
    let learner = try ClusterLearner(configuration, in: folder)
    let peers = try (0..<2).map { try ClusterWorker("w\($0)", learner.endpoint) }
    try learner.join()
    for peer in peers { try peer.join() }
    #expect(learner.policy.policyVersion == UInt64(Self.updates))
    #expect(learner.counters.trainedSteps == 32 * Self.updates)
  }

  /// Units pass relays, also relays behind relays, so that workers behind them compute what the serial run computes.
  @Test(arguments: [1, 2]) func workersBehindRelaysEqualTheSerialRun(relays: Int) throws {
    let configuration = Self.configuration()
    let serial = try play(configuration)
    let folders = try (0...relays).map { _ in try TemporaryDirectory() }
    // They are deleted with the last reference to them.
    defer { withExtendedLifetime(folders) {} }
    let learner = try ClusterLearner(configuration, in: folders[0])
    var chain: [ClusterRelay] = []
    for folder in folders.dropFirst() {
      chain.append(try ClusterRelay(chain.last?.endpoint() ?? learner.endpoint, in: folder))
    }
    let end = try #require(try chain.last?.endpoint())
    let workers = try (0..<2).map { try ClusterWorker("w\($0)", end) }
    try learner.join()
    for worker in workers { try worker.join() }
    for relay in chain { try relay.join() }
    #expect(Weights(learner.policy) == serial)
    #expect(learner.counters.discardedSteps == 0 && learner.counters.trainedSteps == 32 * Self.updates)
  }

  /// A worker that takes units behind a relay and vanishes costs the run nothing, and no other worker can claim a unit.
  @Test func unitsOfALostWorkerBehindARelayAreWrittenByOthers() throws {
    let configuration = Self.configuration()
    let serial = try play(configuration)
    let folder = try TemporaryDirectory()
    let learner = try ClusterLearner(configuration, in: folder)
    let relay = try ClusterRelay(learner.endpoint, in: folder)
    var thief: RawPeer? = try RawPeer(relay.endpoint())
    try thief?.hello(.worker, name: "thief")
    thief = nil
    let worker = try ClusterWorker("w", relay.endpoint())
    try learner.join()
    try worker.join()
    try relay.join()
    #expect(Weights(learner.policy) == serial)
    #expect(relay.log.contains("thief") && !learner.log.contains("refused"))
  }
}
