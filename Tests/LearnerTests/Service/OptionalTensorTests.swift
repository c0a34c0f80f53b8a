import Environments
import IntrinsicReward
import Sessions
import Tensor
import Testing
import Trajectories
import Wire

@testable import Learner
@testable import Worker

/// An optional tensor needs one entry, one producer and one consumer: here a number that the environment's place gives
/// every step, and a reward model that pays it.
struct OptionalTensorTests {
  private static let bonus = OptionalStepField<Float>(
    "bonus", number: 12, [.steps, .environments], values: .bounded, from: .environment, for: [.rewards])

  private final class BonusRecorder: StepRecorder {
    private var bonus: UnsafeMutablePointer<Float>?
    private var columns = 0

    func begin(_ storage: UnrollStorage) {
      bonus = storage[OptionalTensorTests.bonus]
      columns = storage.shape.environmentCount
    }

    func record(step: Int, column: Int, _ environment: any Environment) {
      bonus?[step * columns + column] = Float(10 * step + column)
    }
  }

  private struct BonusReward: RewardModel {
    let version = 0

    mutating func learn(_ update: RewardUpdate) {}
    func score(_ caption: UInt32) -> Float? { nil }

    func score(_ inputs: RewardInputs, into scores: UnsafeMutablePointer<Float>) {
      guard let bonus = inputs.unroll[OptionalTensorTests.bonus] else { return }
      for index in 0..<inputs.count { scores[index] = bonus[index] }
    }
  }

  @Test func itTravelsFromTheWorkersMemoryToTheReward() throws {
    let source = try TrajectorySource()
    let standard = source.plan.unrollShape
    let shape = UnrollShape(
      unrollLength: standard.unrollLength, environmentCount: standard.environmentCount,
      rowByteCount: standard.rowByteCount, stateSize: standard.stateSize, valueHeads: standard.valueHeads,
      schema: StepSchema.standard.adding([Self.bonus.tensor]))
    let group = try RolloutGroup(
      index: 0, shape: shape, network: source.plan.network, captions: source.captions, seed: 11,
      recorder: BonusRecorder(), make: source.plan.makeEnvironment)
    let parameters = FloatBuffer(count: source.plan.network.parameters.count)
    let buffer = try group.collect(
      policy: PolicySnapshot(
        network: source.plan.network, version: 0, parameters: UnsafePointer(parameters.pointer), owner: parameters))

    let codec = WireCodec(limits: source.plan.wireLimits, steps: shape.schema)
    let message = Envelope(
      sequence: 1, message: .trajectory(source.header(buffer)), tensors: buffer.tensorFrames())
    let received = try codec.decode(codec.encode(message))
    #expect(received.tensors.last?.name.description == "bonus")
    let intake = TrajectoryIntake(
      shape: shape, observation: source.plan.specification.observation,
      actions: source.plan.specification.actions, limits: source.plan.wireLimits)
    let unroll = try intake.unroll(
      source.header(buffer), received.tensors, globalCaptions: source.globalCaptions)

    var scores = [Float](repeating: .nan, count: unroll.frameCount)
    BonusReward().score(RewardInputs(group: 0, unroll: unroll, updates: 0), into: &scores)
    #expect(scores == [0, 1, 10, 11, 20, 21, 30, 31])

    // A peer that does not know the tensor refuses the message instead of misreading it.
    let other = WireCodec(limits: source.plan.wireLimits)
    #expect(throws: WireError.self) { try other.encode(message) }
    #expect(throws: WireError.self) { try other.decode(codec.encode(message)) }
    // The learner checks the tensor's elements like all others.
    buffer.storage[Self.bonus]?[3] = .nan
    let error = try #require(throws: IntakeError.self) {
      try intake.unroll(source.header(buffer), buffer.tensorFrames(), globalCaptions: source.globalCaptions)
    }
    #expect(error.description == "bonus[1, 1] is nan; at most 1000000 in magnitude is allowed")
  }
}
