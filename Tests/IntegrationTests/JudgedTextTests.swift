import Captions
import Configuration
import LabelStore
import Learner
import Serial
import Telemetry
import TestSupport
import Testing

/// Text policies whose answers the run's annotator judges.
@Suite struct JudgedTextTests {
  private static let updates = 8

  /// - Parameter flips: share of the labels that say the opposite of the verifier.
  private static func judged(
    flips: Double = 0.25, _ change: (inout RunConfiguration) -> Void = { _ in }
  ) -> RunConfiguration {
    SmallRun.text(updates: updates) {
      $0.text.reward = .annotator
      $0.annotator.kind = .oracle
      $0.annotator.stub = flips > 0 ? "flip_rate=\(flips)" : ""
      change(&$0)
    }
  }

  private func play(_ configuration: RunConfiguration) throws -> Weights {
    Weights(try SmallRun.play(configuration).policy)
  }

  /// Exact labels teach what the verifier teaches, bit for bit, and wrong ones something else.
  @Test func exactLabelsAreTheVerifier() throws {
    let verifier = try play(SmallRun.text(updates: Self.updates))
    #expect(try play(Self.judged(flips: 0)) == verifier)
    let flipped = try play(Self.judged())
    #expect(flipped != verifier && flipped.version == UInt64(Self.updates))
  }

  /// Answers are captions: they are in the label store with what the annotator said, and in the metrics.
  @Test func labelsAreKept() throws {
    let folder = try TemporaryDirectory()
    try SmallRun.serial(Self.judged(flips: 0), in: folder).run(until: { nil })
    let store = try LabelStore(path: folder.path + "/run/labels.sqlite")
    var labels: [String: Float] = [:]
    try store.forEachValid(of: nil) { labels[String(decoding: $0.caption, as: UTF8.self)] = $0.verdict.label }
    #expect(labels.count > 50 && labels.keys.allSatisfy { $0.contains("? => ") })
    #expect(Set(labels.values) == [0, 1])
    let record = try #require(try MetricsFile.lastRecord(of: folder.path + "/run/metrics.jsonl"))
    #expect(record.values[.labelledShare] == 1 && record.values[.intrinsicMean] == record.values[.extrinsicMean])
  }

  @Test(arguments: [1, 2]) func aClusterWithoutLagEqualsTheSerialRun(workers: Int) throws {
    let configuration = Self.judged()
    let serial = try play(configuration)
    let folder = try TemporaryDirectory()
    let learner = try ClusterLearner(configuration, in: folder)
    let peers = try (0..<workers).map { try ClusterWorker("w\($0)", learner.endpoint) }
    let annotators = try (0..<2).map { try ClusterAnnotator("a\($0)", learner.endpoint) }
    try learner.join()
    for peer in peers { try peer.join() }
    for annotator in annotators { try annotator.join() }
    #expect(Weights(learner.policy) == serial)
    #expect(learner.counters.discardedSteps == 0)
  }

  /// Without an annotator nothing is trained on; when one comes, the units that were discarded in the meantime are written again,
  /// and the run ends as if it had always been there.
  @Test func aRunWaitsForItsAnnotator() throws {
    let configuration = Self.judged { $0.text.labelSeconds = 0.2 }
    let serial = try play(configuration)
    let folder = try TemporaryDirectory()
    let learner = try ClusterLearner(configuration, in: folder)
    let worker = try ClusterWorker("w", learner.endpoint)
    try learner.waitForLog("text.label_seconds")
    #expect(learner.counters.trainedSteps == 0 && learner.counters.discardedUnlabelled > 0)
    let annotator = try ClusterAnnotator("a", learner.endpoint)
    try learner.join()
    try worker.join()
    try annotator.join()
    #expect(Weights(learner.policy) == serial)
    let counters = learner.counters
    #expect(counters.playedSteps >= counters.trainedSteps + counters.discardedSteps)
  }

  /// Plays some turns and then forgets everything that is not on disk, as SIGKILL does.
  private func kill(_ configuration: RunConfiguration, in folder: TemporaryDirectory, after turns: Int) throws {
    let run = try SmallRun.serial(configuration, in: folder)
    for _ in 0..<turns where run.learner.end == nil { try run.turn() }
  }

  /// Killed at any turn and resumed, a run equals one that is not: its labels are in the store.
  @Test func killedAndResumed() throws {
    let configuration = Self.judged { $0.checkpoint.intervalSteps = 100 }
    let whole = try play(configuration)
    for turns in [5, 19] {
      let folder = try TemporaryDirectory()
      try kill(configuration, in: folder, after: turns)
      let resumed = try SmallRun.serial(configuration, in: folder, resume: .auto)
      try resumed.run(until: { nil })
      #expect(Weights(resumed.learner.policy) == whole)
    }
  }

  /// With lag allowed, workers write on while answers wait, and the run does its steps.
  @Test func workersWriteAheadWithLag() throws {
    let configuration = Self.judged { $0.learner.maximumPolicyLag = 1000 }
    let folder = try TemporaryDirectory()
    let learner = try ClusterLearner(configuration, in: folder)
    let peers = try (0..<2).map { try ClusterWorker("w\($0)", learner.endpoint) }
    let annotator = try ClusterAnnotator("a", learner.endpoint)
    try learner.join()
    for peer in peers { try peer.join() }
    try annotator.join()
    #expect(learner.policy.policyVersion == UInt64(Self.updates))
  }
}
