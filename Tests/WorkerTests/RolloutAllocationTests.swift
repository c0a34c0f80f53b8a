import ActorCritic
import Assembly
import Configuration
import Environments
import Runtime
import Tensor
import TestSupport
import Testing
import Trajectories

@testable import Worker

/// An unroll's memory is used again, and nothing else is allocated.
@Suite struct RolloutAllocationTests {
  private static func group(_ task: String) throws -> (RolloutGroup, PolicySnapshot) {
    var configuration = RunConfiguration()
    configuration.environment.task = task
    configuration.environment.maximumEpisodeSteps = 13
    configuration.network.hiddenSize = 16
    configuration.network.recurrentSize = 8
    let plan = try RunPlan(configuration)
    let parameters = FloatBuffer(count: plan.network.parameters.count)
    var generator = RandomGenerator(seed: 1)
    plan.network.initialise(parameters, generator: &generator)
    let shape = UnrollShape(
      unrollLength: 8, environmentCount: 4, rowByteCount: plan.specification.observation.rowByteCount,
      stateSize: plan.network.stateSize, valueHeads: plan.network.valueHeads)
    let group = try RolloutGroup(
      index: 0, shape: shape, network: plan.network, captions: CaptionInterner(maximumCaptions: 1_000), seed: 3,
      make: plan.makeEnvironment)
    return (
      group,
      PolicySnapshot(
        network: plan.network, version: 1, parameters: UnsafePointer(parameters.pointer), owner: parameters)
    )
  }

  @Test func unrollsAllocateNothingOnceTheirMemoryIsThere() async {
    await #expect(processExitsWith: .success) {
      for task in ["CartPole", "CaptionGrid"] {
        let (group, policy) = try Self.group(task)
        // Until all captions and the longest lists of an unroll have been met.
        for _ in 0..<2000 { _ = try group.collect(policy: policy) }
        var steps = 0
        MemoryFamine.run {
          for _ in 0..<50 { steps += (try? group.collect(policy: policy))?.shape.frameCount ?? 0 }
        }
        #expect(steps == 50 * 32)
      }
    }
  }

  @Test func aBufferIsFilledAgainOnlyWhenNobodyHoldsIt() throws {
    let (group, policy) = try Self.group("CaptionGrid")
    let first = try group.collect(policy: policy)
    let frames = first.tensorFrames()
    let bytes = frames.map { $0.frame.copiedBytes() }
    let address = first.actions
    var held: [TrajectoryBuffer] = [first]
    for _ in 0..<5 { held.append(try group.collect(policy: policy)) }
    #expect(Set(held.map { UInt(bitPattern: $0.actions) }).count == 6)
    held = []
    // `first` and its frames are held on.
    for _ in 0..<20 { #expect(try group.collect(policy: policy).actions != address) }
    #expect(frames.map { $0.frame.copiedBytes() } == bytes)
  }

  @Test func aBufferStartsEmptyAgain() {
    let shape = UnrollShape(
      unrollLength: 2, environmentCount: 3, rowByteCount: 8, stateSize: 1, valueHeads: 2)
    var pool = TrajectoryPool(shape: shape, group: 4)
    var buffer = pool.take()
    let address = buffer.actions
    buffer.failures = ["one"]
    buffer.times.wait = 3
    buffer.truncationValues[11] = 5
    buffer = TrajectoryBuffer(shape: shape, group: 4)
    let again = pool.take()
    #expect(again.actions == address && again.failures.isEmpty && again.times.total == 0)
    #expect((0..<12).allSatisfy { again.truncationValues[$0] == 0 })
    #expect(pool.take().actions != address && pool.count == 2)
    withExtendedLifetime((buffer, again)) {}
  }
}
