import Configuration
import Foundation
import LabelStore
import Telemetry
import TestSupport
import Testing
import Transport
import Wire

@testable import Learner
@testable import Worker

/// Runs whose workers reach their learner through a relay.
@Suite(.serialized)
struct RelayRunTests {
  private let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory() }

  private func configuration(steps: Int = 1_000_000_000) -> RunConfiguration {
    var configuration = SmallRun.grid(seed: 1, steps: steps)
    configuration.transport.heartbeatSeconds = 0.25
    configuration.transport.liveness = 4
    configuration.telemetry.intervalSeconds = 0.25
    configuration.annotator.stub = "flip_rate=1"
    return configuration
  }

  private func peers(_ learner: ClusterLearner) throws -> [RunStatus.Peer] {
    let observer = try RawPeer(learner.endpoint)
    try observer.send(.statusRequest(StatusRequest()))
    let json = try observer.expect("status") { if case .status(let status) = $0 { status.json } else { nil } }
    return try JSONDecoder().decode(RunStatus.self, from: Data(json.utf8)).peers
  }

  @Test func aCompleteRunDismissesTheRelayAndItsWorkers() throws {
    let learner = try ClusterLearner(configuration(steps: 20_000), in: folder)
    let relay = try ClusterRelay(learner.endpoint, in: folder)
    let workers = try ["w1", "w2", "w3"].map { try ClusterWorker($0, relay.endpoint()) }
    let annotator = try ClusterAnnotator("a1", learner.endpoint)
    try learner.join()
    try relay.join()
    for worker in workers { try worker.join() }
    try annotator.join()
    let counters = learner.counters
    #expect(counters.trainedSteps >= 20_000)
    #expect(counters.playedSteps == counters.trainedSteps + counters.discardedSteps + learner.queued)
    #expect(counters.discardedSteps == 0)
    #expect(workers.allSatisfy { $0.log.contains("the learner ended the session: the run is complete") })
    // The workers' captions have arrived as texts, and each text once.
    let captions = try LabelStore(path: learner.labels, access: .readOnly).all().map(\.caption)
    #expect(captions.count >= 20 && Set(captions).count == captions.count)
    #expect(relay.log.contains("worker w3 joined") && learner.log.contains("worker relay joined"))
    #expect(!learner.log.contains("worker w1"))
  }

  /// Workers behind relays play the run's plan, and what becomes of its episodes reaches the learner.
  @Test(arguments: [0, 1, 2]) func workersFollowThePlan(relays: Int) throws {
    var configuration = configuration(steps: 20_000)
    configuration.plan.kind = .uniform
    (configuration.plan.keys, configuration.plan.repeats) = (4, 4)
    let folders = try (0..<relays).map { _ in try TemporaryDirectory() }
    // They are deleted with the last reference to them.
    defer { withExtendedLifetime(folders) {} }
    let learner = try ClusterLearner(configuration, in: folder)
    var chain: [ClusterRelay] = []
    for folder in folders { chain.append(try ClusterRelay(chain.last?.endpoint() ?? learner.endpoint, in: folder)) }
    let end = try chain.last?.endpoint() ?? learner.endpoint
    let workers = try ["w1", "w2"].map { try ClusterWorker($0, end) }
    try learner.join()
    for relay in chain { try relay.join() }
    for worker in workers { try worker.join() }
    let record = try #require(try MetricsFile.lastRecord(of: learner.metrics.path))
    let (episodes, groups) = (try #require(record.values[.planEpisodes]), try #require(record.values[.planGroups]))
    #expect(episodes > 200 && groups > 40 && record.values[.planGroupsLost] == 0)
    // Nearly all episodes are the plan's: a worker draws its own until it has the first part.
    #expect(episodes >= 0.8 * Double(learner.counters.episodes))
  }

  /// The learner knows how many threads play behind the relay.
  @Test func workersComeAndGo() throws {
    let learner = try ClusterLearner(configuration(), in: folder)
    let relay = try ClusterRelay(learner.endpoint, in: folder)
    let first = try ClusterWorker("w", relay.endpoint())
    try learner.waitForSteps(1000)
    let second = try ClusterWorker("w", relay.endpoint())
    try wait(until: "two threads") { try peers(learner).first?.threads == 2 }
    try first.stop()
    try wait(until: "one thread") { try peers(learner).first?.threads == 1 }
    try learner.waitForSteps(1000)
    try learner.stop()
    try second.join()
    try relay.join()
  }

  @Test func aBadWorkerIsRefusedByTheRelayAlone() throws {
    let configuration = configuration()
    let learner = try ClusterLearner(configuration, in: folder)
    let relay = try ClusterRelay(learner.endpoint, in: folder)
    let worker = try ClusterWorker("honest", relay.endpoint())
    try learner.waitForSteps(1000)
    let bad = try RawPeer(relay.endpoint())
    try bad.hello(.worker, name: "bad")
    let (header, tensors) = try Forgery(configuration).trajectory { buffer, _ in buffer.rewards[3] = .nan }
    try bad.send(.trajectory(header), tensors: tensors)
    #expect(try bad.refusal().text.hasPrefix("trajectory 1: rewards[0, 3] is nan"))
    let annotator = try RawPeer(relay.endpoint())
    try annotator.send(.hello(RawPeer.greeting(.annotator, name: "lost")))
    #expect(try annotator.refusal().text.contains("connect to the learner itself"))
    try learner.waitForSteps(1000)
    #expect(!learner.log.contains("refused"))
    try learner.stop()
    try worker.join()
    try relay.join()
  }

  /// The workers wait at the relay while it looks for the learner.
  @Test func aRestartedLearnerIsFoundAgain() throws {
    var configuration = configuration()
    let first = try ClusterLearner(configuration, in: folder, ending: .crash)
    let relay = try ClusterRelay(first.endpoint, in: folder)
    let worker = try ClusterWorker("w1", relay.endpoint())
    try first.waitForSteps(1000)
    try first.stop()
    configuration.transport.listen = first.endpoint.description
    let second = try ClusterLearner(configuration, in: folder, resume: .auto)
    try second.waitForSteps(2000)
    #expect(relay.log.contains("trying again") && worker.log.contains("had given this peer up"))
    try second.stop()
    try worker.join()
    try relay.join()
  }

  /// A relay that ends leaves its workers waiting for the next one.
  @Test func anotherRelayTakesOver() throws {
    let learner = try ClusterLearner(configuration(), in: folder)
    let relay = try ClusterRelay(learner.endpoint, in: folder)
    let endpoint = try relay.endpoint()
    let worker = try ClusterWorker("w1", endpoint)
    try learner.waitForSteps(1000)
    try relay.stop()
    try learner.waitForLog("worker relay left")
    #expect(worker.log.contains("restarts"))
    let next = try ClusterRelay(learner.endpoint, in: folder, listen: endpoint)
    try learner.waitForSteps(1000)
    try learner.stop()
    try worker.join()
    try next.join()
  }
}
