import Assembly
import Configuration
import Runtime
import Tensor
import Testing
import TextPolicy
import TextTasks
import TextTraining
import Trajectories

@testable import Worker

@Suite struct TextWritingUnitTests {
  private let plan: RunPlan
  private let text: TextPlan
  private let policy: TextPolicy

  init() throws {
    var configuration = RunConfiguration()
    configuration.run.seed = 3
    configuration.environment.task = "text:chain"
    configuration.text.difficulty = 1
    (configuration.text.width, configuration.text.layers, configuration.text.heads) = (16, 1, 2)
    (configuration.text.context, configuration.text.answers) = (24, 4)
    configuration.worker.environmentsPerGroup = 8
    configuration.learner.unrollLength = 1
    configuration.learner.batchSize = 16
    configuration.reward.model = .none
    configuration.annotator.kind = .none
    plan = try RunPlan(configuration)
    text = try #require(plan.text)
    policy = TextPolicy(text.transformer, seed: 9)
  }

  private func engine(seed: UInt64) throws -> RolloutEngine { try RolloutEngine(plan: plan, seed: seed, threads: 1) }

  private func write(_ engine: RolloutEngine, unit: UInt64?, version: UInt64 = 0) throws -> TrajectoryBuffer {
    let snapshot = engine.snapshot(
      version: version, parameters: UnsafePointer(policy.parameters.pointer), owner: policy)
    return try #require(try engine.collectInline(work: unit.map { [$0] } ?? [], policy: snapshot).first)
  }

  private func bytes(_ buffer: TrajectoryBuffer) -> [UInt8] {
    Array(UnsafeRawBufferPointer(start: buffer.storage.start, count: buffer.storage.layout.byteCount))
  }

  /// Whichever worker writes a unit, and whatever it wrote before, the unroll has the same bytes.
  @Test func aUnitDoesNotDependOnItsWorker() throws {
    let (one, other) = (try engine(seed: 1), try engine(seed: 2))
    let first = try write(one, unit: 5)
    #expect(first.unit == 5 && first.policyVersion == 0 && first.episodes.count == 8)
    let kept = bytes(first)
    for unit in [1, 2] as [UInt64] { #expect(bytes(try write(other, unit: unit)) != kept) }
    #expect(bytes(try write(other, unit: 5)) == kept)
    #expect(bytes(try write(one, unit: 5, version: 1)) != kept)
  }

  /// Without a number from the learner, workers write different units.
  @Test func unitsOfItsOwnDiffer() throws {
    let one = try engine(seed: 1)
    let first = bytes(try write(one, unit: nil))
    let second = try write(one, unit: nil)
    #expect(second.unit == 0 && bytes(second) != first)
    #expect(bytes(try write(try engine(seed: 2), unit: nil)) != first)
  }

  /// The unroll holds what the player has written, and passes the checks of a learner.
  @Test func theUnrollHoldsTheAnswers() throws {
    let buffer = try write(try engine(seed: 1), unit: 5)
    let expected = try TextUnit(runSeed: 3, policyVersion: 0, number: 5).rollouts(
      TextPlayer(text.task, text.transformer), policy: policy, problems: 2, answers: 4)
    let (spans, logs) = (
      try #require(buffer.storage[TextStep.spans]), try #require(buffer.storage[TextStep.logProbabilities])
    )
    let length = buffer.shape.textLength
    #expect(length == 24)
    for (e, rollout) in expected.enumerated() {
      let sequence = rollout.sequence
      let row = buffer.row(0, e).assumingMemoryBound(to: UInt8.self)
      #expect((0..<sequence.count).map { row[$0] } == sequence.tokens)
      let own = (0..<length).map { TextSpan(rawValue: spans[e * length + $0]) }
      #expect((0..<sequence.count).map { own[$0] == .policy } == sequence.isChosen)
      #expect(own[0] == .question && own[sequence.count...].allSatisfy { $0 == TextSpan.none })
      #expect((0..<sequence.count).map { logs[e * length + $0] } == sequence.old)
      #expect(buffer.rewards[e] == (rollout.verdict.isRight ? 1 : 0))
      #expect(StepFlags(rawValue: buffer.flags[e]).endsEpisode)
      #expect(buffer.episodes[e].succeeded == rollout.verdict.isRight)
    }
    let ranges = UnrollRanges(
      buffer.shape, observation: plan.specification.observation, actions: plan.specification.actions)
    for (tensor, place) in zip(buffer.shape.schema.tensors, buffer.storage.layout.places) {
      let breach = ranges.firstBreach(tensor, UnsafeRawPointer(buffer.storage.start + place.offset), captionCount: 1)
      #expect(breach == nil, "\(tensor.name)")
    }
  }
}
