import Assembly
import Checkpoints
import Configuration
import Foundation
import Runtime
import Sessions
import Tensor
import TestSupport
import Testing
import TextPolicy
import TextTasks
import TextTraining
import Trajectories
import Transport
import Wire

@testable import Learner
@testable import Worker

@Suite struct TextAlgorithmTests {
  private static func configuration(_ change: (inout RunConfiguration) -> Void = { _ in }) -> RunConfiguration {
    var configuration = RunConfiguration()
    configuration.environment.task = "text:chain"
    configuration.text.difficulty = 1
    (configuration.text.width, configuration.text.layers, configuration.text.heads) = (16, 1, 2)
    (configuration.text.context, configuration.text.answers) = (24, 4)
    (configuration.text.startUpdates, configuration.text.startShare) = (400, 1)
    configuration.worker.environmentsPerGroup = 8
    configuration.learner.unrollLength = 1
    configuration.learner.batchSize = 16
    configuration.learner.epochs = 2
    configuration.reward.model = .none
    configuration.annotator.kind = .none
    change(&configuration)
    return configuration
  }

  private let plan: RunPlan
  private let text: TextPlan

  init() throws {
    plan = try RunPlan(Self.configuration())
    text = try #require(plan.text)
  }

  private func algorithm(_ change: (inout RunConfiguration) -> Void = { _ in }) throws -> TextAlgorithm {
    let algorithm = try TextAlgorithm(text, Self.configuration(change))
    algorithm.begin(isInterrupted: { false }, report: { _ in })
    return algorithm
  }

  /// What a worker sends for these units, played by the algorithm's policy.
  private func items(_ units: [UInt64], _ algorithm: TextAlgorithm) throws -> [QueuedUnroll] {
    let engine = try RolloutEngine(plan: plan, seed: 1, threads: 1)
    let copy = FloatBuffer(count: algorithm.parameters.count)
    copy.copy(from: algorithm.parameters)
    let snapshot = engine.snapshot(
      version: algorithm.policyVersion, parameters: UnsafePointer(copy.pointer), owner: copy)
    let intake = TrajectoryIntake(
      shape: plan.unrollShape, observation: plan.specification.observation, actions: plan.specification.actions,
      limits: plan.wireLimits)
    return try units.map { unit in
      let buffer = try #require(try engine.collectInline(work: [unit], policy: snapshot).first)
      let header = Trajectory(
        sequence: unit, group: 0, policyVersion: buffer.policyVersion, unrollLength: 1, environments: 8)
      return QueuedUnroll(
        unroll: try intake.unroll(header, buffer.tensorFrames(), globalCaptions: [0]), source: PeerID([1]),
        sequence: unit, arrivalVersion: 0, group: 1, unit: unit)
    }
  }

  private func bits(_ algorithm: TextAlgorithm) -> [UInt32] { algorithm.parameters.elements.map(\.bitPattern) }

  /// The update is that of `GroupUpdate` on the same answers.
  @Test func theUpdateIsThatOfGroups() throws {
    let algorithm = try algorithm { $0.text.warmUpUpdates = 0 }
    let items = try items([1, 2], algorithm)
    let trainer = try TextTrainer(text.task, options: text.transformer.options, seed: 1)
    trainer.policy.parameters.copy(from: algorithm.parameters)
    trainer.policy.prepare(forTraining: true)
    let clip = Self.configuration().learner.ppoClip
    var group = GroupUpdate()
    (group.answers, group.passes) = (4, 2)
    group.loss = PolicyGradientLoss(clipLow: 1 - 1 / (1 + clip), clipHigh: clip)
    trainer.learner.learningRate = Float(Self.configuration().learner.learningRate)
    trainer.learner.maximumGradientNorm = Float(Self.configuration().learner.maximumGradientNorm)
    let player = TextPlayer(text.task, text.transformer)
    let rollouts = try [1, 2].flatMap { unit in
      try TextUnit(runSeed: 1, policyVersion: 0, number: unit).rollouts(
        player, policy: trainer.policy, problems: 2, answers: 4)
    }
    let rewards = rollouts.map { $0.verdict.isRight ? 1.0 : 0 }
    group.update(trainer, rollouts.map(\.sequence)) { index in
      GroupAdvantages.normalised(Array(rewards[index * 4..<index * 4 + 4]))
    }
    let report = try algorithm.train(items)
    #expect(report.frames == 16 && report.policyVersion == 1 && report.rewards.extrinsicSum == rewards.reduce(0, +))
    #expect(bits(algorithm) == trainer.policy.parameters.elements.map(\.bitPattern))
    #expect(Set(rewards).count == 2, "a batch in which every answer is alike teaches nothing")
  }

  /// With labels, the answers are worth what the annotator says, and the metrics show both.
  @Test func labelsReplaceTheVerifier() throws {
    let (one, other) = (try algorithm(), try algorithm())
    var items = try items([1, 2], one)
    for index in items.indices {
      let unroll = items[index].unroll
      items[index].labels = (0..<8).map { unroll[Step.rewards][$0] }
    }
    let report = try one.train(items)
    #expect(report.rewards.labelledSteps == 16 && report.rewards.intrinsicSum == report.rewards.extrinsicSum)
    for index in items.indices { items[index].labels = [] }
    _ = try other.train(items)
    #expect(bits(one) == bits(other), "labels that say what the verifier says teach the same")
    for index in items.indices { items[index].labels = [Float](repeating: .nan, count: 8) }
    let before = bits(other)
    let unlabelled = try other.train(items)
    #expect(unlabelled.rewards.labelledSteps == 0 && unlabelled.rewards.captionedSteps == 16)
    #expect(other.policyVersion == 2 && bits(other) != before, "Adam's momentum moves on")
  }

  /// Each loss makes updates of its own, which are finite.
  @Test func lossesDiffer() throws {
    var results: [[UInt32]] = []
    for loss in [TextSection.Loss.grpo, .p3o, .nft, .dpo, .likelihood] {
      let algorithm = try algorithm { $0.text.loss = loss }
      let report = try algorithm.train(try items([1, 2], algorithm))
      #expect(report.frames == 16 && report.statistics.gradientNorm > 0, "\(loss)")
      results.append(bits(algorithm))
    }
    #expect(Set(results).count == 5)
  }

  @Test func theOrderOfArrivalDoesNotMatter() throws {
    let (one, other) = (try algorithm(), try algorithm())
    let items = try items([1, 2, 3], one)
    _ = try one.train(items)
    _ = try other.train([items[2], items[0], items[1]])
    #expect(bits(one) == bits(other))
  }

  /// A restored algorithm continues bit for bit, with the policies that the run keeps.
  @Test func aCheckpointHoldsEverything() throws {
    let change: (inout RunConfiguration) -> Void = {
      $0.text.divergence = 0.05
      $0.text.reference = .previous
      $0.text.iterateUpdates = 2
    }
    let one = try algorithm(change)
    for unit in 1...3 { _ = try one.train(try items([UInt64(unit)], one)) }
    let folder = try TemporaryDirectory()
    let store = try CheckpointStore(directory: folder.url, keep: 1)
    let saver = CheckpointSaver(store: store, intervalSeconds: 1, metadata: [:], clock: { 0 })
    var counters = RunCounters(seed: 1)
    counters.policyVersion = one.policyVersion
    #expect(saver.save(one, counters, report: { _ in }) == nil)
    let checkpoint = try #require(try store.loadNewest().checkpoint)
    let names = checkpoint.tensors.map(\.name)
    for prefix in ["policy.", "adam.first.", "archive.initial.", "archive.previous."] {
      #expect(names.contains { $0.hasPrefix(prefix) })
    }
    let other = try TextAlgorithm(text, Self.configuration(change))
    _ = try CheckpointSaver.restore(checkpoint, into: other)
    #expect(other.policyVersion == 3 && bits(other) == bits(one))
    for unit in 4...5 {
      let items = try items([UInt64(unit)], one)
      _ = try one.train(items)
      _ = try other.train(items)
    }
    #expect(bits(other) == bits(one))
  }

  /// Log-probabilities that no honest worker sends leave parameters finite.
  @Test func dishonestLogProbabilitiesDoNoHarm() throws {
    let algorithm = try algorithm()
    let items = try items([1], algorithm)
    let unroll = items[0].unroll
    let logs = try #require(unroll[TextStep.logProbabilities])
    let spans = try #require(unroll[TextStep.spans])
    for index in 0..<unroll.environmentCount * unroll.shape.textLength where spans[index] == TextSpan.policy.rawValue {
      UnsafeMutablePointer(mutating: logs)[index] = -1e6
    }
    let report = try algorithm.train(items)
    #expect(report.nonFiniteTensor == nil)
    #expect(algorithm.parameters.elements.allSatisfy { $0.isFinite })
  }
}
