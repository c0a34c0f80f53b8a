import Configuration
import Foundation
import Learner
import Runtime
import Serial
import Telemetry
import TestSupport
import Testing

/// One environment thread: the same seed gives the same weights, bit for bit.
struct SerialDeterminismTests {
  private static let updates = 24

  /// The policy's version and the bits of its parameters at the end of a run.
  private struct Weights: Equatable {
    let version: UInt64
    let bits: [UInt32]

    init(_ learner: LearnerService) { self.init(learner.policy) }

    init(_ policy: (policyVersion: UInt64, parameters: [Float])) {
      version = policy.policyVersion
      bits = policy.parameters.map(\.bitPattern)
    }
  }

  private func play(_ configuration: RunConfiguration, netHackDirectory: String? = nil) throws -> Weights {
    Weights(try SmallRun.play(configuration, netHackDirectory: netHackDirectory))
  }

  @Test(arguments: [false, true])
  func theSameSeedGivesTheSameWeights(doubleBuffered: Bool) throws {
    var configuration = SmallRun.grid(seed: 7, steps: 64 * Self.updates)
    configuration.worker.doubleBuffered = doubleBuffered
    if doubleBuffered { configuration.worker.groupsPerThread = 2 }
    let first = try play(configuration)
    #expect(first.version >= 20)
    #expect(first.bits.contains { $0 != 0 })
    #expect(try play(configuration) == first)
  }

  @Test func anotherSeedGivesOtherWeights() throws {
    let first = try play(SmallRun.grid(seed: 7, steps: 64 * Self.updates))
    let other = try play(SmallRun.grid(seed: 8, steps: 64 * Self.updates))
    #expect(first.version == other.version)
    #expect(first.bits != other.bits)
  }

  /// Evaluations are played in a process of their own, at the same steps each time, and change no weight.
  @Test func evaluationsChangeNoWeight() throws {
    var configuration = SmallRun.grid(seed: 7, steps: 64 * Self.updates)
    let plain = try play(configuration)
    configuration.evaluation.everySteps = 500
    let folder = try TemporaryDirectory()
    // The report's return is the checkpoint's step.
    let script = """
      s=$(echo $1 | sed 's/.*step-0*//')
      printf '{"step":%d,"version":1,"lines":[{"measure":"return","summary":{"mean":%d}}],"episodes":[]}' $s $s \
        > $1/report.json
      """
    let evaluator = Evaluator(ProgramCall("/bin/sh", ["-c", script, "sh"]))
    let run = try SmallRun.serial(configuration, in: folder, evaluator: evaluator)
    try run.run(until: { nil })
    #expect(Weights(run.learner) == plain)
    let text = try String(contentsOfFile: "\(folder.path)/run/evaluations.jsonl", encoding: .utf8)
    #expect(EvaluationResult.read(lines: text).map(\.step) == [512, 1024, 1536])
    let record = try #require(try MetricsFile.lastRecord(of: "\(folder.path)/run/metrics.jsonl"))
    #expect(record.values[.evaluationReturn] == 1536 && record.values[.evaluationBestStep] == 1536)
    #expect(record.values[.evaluationsFinished] == 3)
  }

  /// Records by steps are at the same steps whatever the machine's speed.
  @Test func metricsCanBeRecordedByEnvironmentSteps() throws {
    let folder = try TemporaryDirectory()
    var configuration = SmallRun.grid(seed: 7, steps: 64 * Self.updates)
    configuration.telemetry.intervalSeconds = 3600
    configuration.telemetry.intervalSteps = 500
    try SmallRun.serial(configuration, in: folder).run(until: { nil })
    let records = try MetricsFile.records(of: "\(folder.path)/run/metrics.jsonl")
    // Updates are 64 steps apart: the first at or after 500, 1000 and 1500, and the end.
    #expect(records.map(\.step) == [512, 1024, 1536])
    #expect(records.allSatisfy { $0.values[.successRate] != nil })
  }

  /// A learner and a worker on threads of their own, connected by TCP: without policy lag they compute what the serial run
  /// computes. Labels would arrive at other times, so there are none.
  @Test func aClusterWithoutLagEqualsTheSerialRun() throws {
    var configuration = SmallRun.grid(seed: 7, steps: 64 * Self.updates)
    configuration.annotator.kind = .none
    configuration.reward.model = .none
    configuration.learner.threads = 1
    configuration.worker.groupsPerThread = 1
    configuration.learner.maximumPolicyLag = 0
    let serial = try play(configuration)
    let folder = try TemporaryDirectory()
    let learner = try ClusterLearner(configuration, in: folder)
    let worker = try ClusterWorker("w", learner.endpoint)
    try learner.join()
    try worker.join()
    #expect(Weights(learner.policy) == serial)
    #expect(learner.counters.discardedStale == 0)
    let record = try #require(try MetricsFile.lastRecord(of: learner.metrics.path))
    #expect(record.values[.policyLagMaximum] == 0)
  }

  /// Compression does not change what is trained on, and the metrics show how many bytes it saved.
  @Test func compressedTrajectoriesGiveTheSameWeights() throws {
    func play(_ compression: TransportSection.Compression) throws -> (weights: Weights, record: MetricsRecord) {
      var configuration = SmallRun.grid(seed: 7, steps: 64 * Self.updates)
      configuration.transport.compression = compression
      let folder = try TemporaryDirectory()
      let run = try SmallRun.serial(configuration, in: folder)
      try run.run(until: { nil })
      let record = try #require(try MetricsFile.lastRecord(of: folder.path + "/run/metrics.jsonl"))
      return (Weights(run.learner), record)
    }
    let plain = try play(.auto)
    let compressed = try play(.zstd)
    #expect(plain.weights == compressed.weights)
    #expect(plain.record.values[.compressionRatio] == 1)
    #expect(try #require(compressed.record.values[.compressionRatio]) > 1.5)
    let (large, small) = (plain.record.values[.bytesPerFrame], compressed.record.values[.bytesPerFrame])
    #expect(try #require(small) < #require(large))
  }

  /// Annotator, store and reward model are part of what repeats: other labels give other weights.
  @Test func theWeightsDependOnTheLabels() throws {
    var configuration = SmallRun.grid(seed: 7, steps: 64 * Self.updates)
    let labelled = try play(configuration)
    configuration.annotator.stub = "flip_rate=1"
    #expect(try play(configuration) != labelled)
  }

  /// A learned reward repeats too, and pays other rewards than the labels alone.
  @Test(arguments: [RewardSection.Model.classification, .ranking])
  func learnedRewardsAreRepeated(model: RewardSection.Model) throws {
    var configuration = SmallRun.grid(seed: 7, steps: 64 * Self.updates)
    let retrieved = try play(configuration)
    configuration.reward.model = model
    configuration.reward.stepsPerArrival = 2
    let first = try play(configuration)
    #expect(first.version >= 20 && first != retrieved)
    #expect(try play(configuration) == first)
  }

  /// A chain's state repeats too; it receives the captions' texts, and its facts reach the metrics.
  @Test func rewardChainsAreRepeated() throws {
    func play(_ chain: String) throws -> (weights: Weights, record: MetricsRecord) {
      var configuration = SmallRun.grid(seed: 7, steps: 64 * Self.updates)
      configuration.reward.chain = chain
      let folder = try TemporaryDirectory()
      let run = try SmallRun.serial(configuration, in: folder)
      try run.run(until: { nil })
      return (Weights(run.learner), try #require(try MetricsFile.lastRecord(of: folder.path + "/run/metrics.jsonl")))
    }
    let (first, second) = (try play("standardise par count anneal"), try play("standardise par count anneal"))
    #expect(first.weights == second.weights)
    #expect(first.weights != (try play("count")).weights)
    #expect(first.record.values[.chainReference] != nil && first.record.values[.chainDeviation] != nil)
    #expect(try #require(first.record.values[.chainAnneal]) < 1)
  }

  @Test(.enabled(if: NetHackFolder.isPresent, "no NetHack library in .deps/nethack"))
  func netHackIsRepeatedToo() throws {
    var configuration = SmallRun.grid(seed: 3, steps: 64 * 20)
    configuration.environment.task = "NetHackScore"
    configuration.annotator.kind = .rules
    let first = try play(configuration, netHackDirectory: NetHackFolder.path)
    #expect(first.version >= 20)
    #expect(try play(configuration, netHackDirectory: NetHackFolder.path) == first)
    configuration.run.seed = 4
    #expect(try play(configuration, netHackDirectory: NetHackFolder.path) != first)
  }
}

/// Where the tests look for NetHack: TENGU_NETHACK, or the folder scripts/get-nethack.sh fills.
enum NetHackFolder {
  static let path = ProcessInfo.processInfo.environment["TENGU_NETHACK"] ?? ".deps/nethack"
  static let isPresent = FileManager.default.fileExists(atPath: path + "/libnethack.so")
}
