import Configuration
import Foundation
import LabelStore
import Learner
import TestSupport
import Testing
import Transport
import Wire

/// Services on threads of this process that talk over loopback TCP as processes do.
@Suite(.serialized)
struct ClusterTests {
  private let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory() }

  /// A run that lasts until it is stopped, with an update every 64 steps.
  private func configuration(labels: Bool = true) -> RunConfiguration {
    var configuration = SmallRun.grid(seed: 1, steps: 1_000_000_000)
    configuration.transport.heartbeatSeconds = 0.25
    configuration.transport.liveness = 4
    configuration.telemetry.intervalSeconds = 0.25
    // Every caption has a reward, walls too, so every batch pays.
    configuration.annotator.stub = "flip_rate=1"
    if !labels {
      configuration.annotator.kind = .none
      configuration.annotator.stub = ""
      configuration.reward.model = .none
    }
    return configuration
  }

  /// Every step received is trained on, discarded or waiting.
  private func expectEveryFrameAccountedFor(_ learner: ClusterLearner) {
    let counters = learner.counters
    #expect(counters.playedSteps == counters.trainedSteps + counters.discardedSteps + learner.queued)
  }

  private func status(_ observer: RawPeer) throws -> RunStatus {
    try observer.send(.statusRequest(StatusRequest()))
    let json = try observer.expect("status") { if case .status(let status) = $0 { status.json } else { nil } }
    return try JSONDecoder().decode(RunStatus.self, from: Data(json.utf8))
  }

  /// Steps of the run's checkpoints, newest first.
  private func checkpointSteps() throws -> [Int] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path + "/run/checkpoints")
      .compactMap { $0.hasPrefix("step-") ? Int($0.dropFirst("step-".count)) : nil }.sorted(by: >)
  }

  @Test func aCompleteRunDismissesItsPeers() throws {
    var configuration = configuration()
    configuration.run.steps = 20_000
    let learner = try ClusterLearner(configuration, in: folder)
    let worker = try ClusterWorker("w1", learner.endpoint)
    let annotator = try ClusterAnnotator("a1", learner.endpoint)
    try learner.join()
    try worker.join()
    try annotator.join()
    #expect(learner.counters.trainedSteps >= 20_000)
    expectEveryFrameAccountedFor(learner)
    #expect(worker.log.contains("the learner ended the session: the run is complete"))
    // The last, and one before the first step.
    #expect(try checkpointSteps() == [learner.counters.trainedSteps, 0])
  }

  @Test func aWorkerJoinsLate() throws {
    let learner = try ClusterLearner(configuration(labels: false), in: folder)
    let first = try ClusterWorker("w", learner.endpoint)
    try learner.waitForSteps(1000)
    let second = try ClusterWorker("w", learner.endpoint)
    // A status needs no Hello.
    let observer = try RawPeer(learner.endpoint)
    try wait(until: "both workers play") {
      let peers = try status(observer).peers
      return peers.map(\.name) == ["w", "w.2"] && peers.allSatisfy { $0.steps > 0 }
    }
    try first.stop()
    try learner.waitForLog("worker w left")
    try learner.waitForSteps(1000)
    try learner.stop()
    try second.join()
    expectEveryFrameAccountedFor(learner)
  }

  @Test func aSilentPeerIsDroppedAndItsCaptionsAreAskedAgain() throws {
    let learner = try ClusterLearner(configuration(), in: folder)
    let ghost = try RawPeer(learner.endpoint)
    try ghost.hello(.annotator, name: "ghost")
    try ghost.send(.ready(Ready(capacity: 1000)))
    let worker = try ClusterWorker("w1", learner.endpoint)
    let task = try ghost.expect("task") { if case .annotationTask(let task) = $0 { task } else { nil } }
    #expect(task.captions.count > 0)
    try learner.waitForLog("annotator ghost left: 4 heartbeats missed; \(task.captions.count) captions wait again")

    let annotator = try ClusterAnnotator("a1", learner.endpoint)
    let store = try LabelStore(path: learner.labels, access: .readOnly)
    try wait(until: "the captions have labels") {
      let labelled = Set(try store.all().map(\.caption))
      return task.captions.allSatisfy(labelled.contains)
    }
    // The learner has dropped the ghost, and says so.
    try ghost.send(.heartbeat(Heartbeat()))
    #expect(try ghost.refusal().reason == .unknownPeer)
    try learner.stop()
    try worker.join()
    try annotator.join()
    expectEveryFrameAccountedFor(learner)
  }

  /// The worker finds the second learner without help, its steps continue, and the second learner, which has no
  /// annotator, pays for labels of the first.
  @Test func aRestartedLearnerIsFoundAgainAndContinues() throws {
    var configuration = configuration()
    let first = try ClusterLearner(configuration, in: folder, ending: .crash)
    let worker = try ClusterWorker("w1", first.endpoint)
    let annotator = try ClusterAnnotator("a1", first.endpoint)
    let store = try LabelStore(path: first.labels, access: .readOnly)
    try wait(until: "labels") { try store.counts().positive >= 5 }
    try first.waitForSteps(1000)
    try annotator.stop()
    try first.stop()
    let before = first.counters
    #expect(before.trainedSteps > 0)

    configuration.transport.listen = first.endpoint.description
    let second = try ClusterLearner(configuration, in: folder, resume: .auto)
    #expect(second.counters.trainedSteps == before.trainedSteps)
    #expect(second.counters.policyVersion == before.policyVersion)
    #expect(second.log.contains("resumed from"))
    try second.waitForSteps(2000)
    #expect(worker.log.contains("trying again"))
    try second.stop()
    try worker.join()
    expectEveryFrameAccountedFor(second)
    #expect(try lastMetric("caption/labelled", second) == Double(try store.counts().labelled))
    #expect(try lastMetric("reward/intrinsic_mean", second) > 0)
    #expect(try lastMetric("peer/annotators", second) == 0)
  }

  /// The last value that the run wrote for a metric.
  private func lastMetric(_ name: String, _ learner: ClusterLearner) throws -> Double {
    let line = try #require(try String(contentsOf: learner.metrics, encoding: .utf8).split(separator: "\n").last)
    let record = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    let values = record["values"] as? [String: Any] ?? record
    return try #require(values[name] as? Double, "\(name) in \(values.keys.sorted())")
  }
}
