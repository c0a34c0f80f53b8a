import ActorCritic
import Assembly
import Configuration
import Environments
import Foundation
import Runtime
import Synchronization
import Tensor
import Testing
import Trajectories
import Wire

@testable import Worker

/// Groups of CaptionGrid, alone and together.
struct RolloutUnitTests {
  private let plan: RunPlan
  private let policy: PolicySnapshot

  init() throws {
    var configuration = RunConfiguration()
    configuration.environment.task = "CaptionGrid"
    configuration.environment.maximumEpisodeSteps = 11
    configuration.network.embeddingSize = 4
    configuration.network.hiddenSize = 16
    configuration.network.recurrentSize = 8
    configuration.worker.environmentsPerGroup = 3
    configuration.worker.groupsPerThread = 2
    configuration.learner.unrollLength = 6
    plan = try RunPlan(configuration)
    let parameters = FloatBuffer(count: plan.network.parameters.count)
    var generator = RandomGenerator(seed: 1)
    plan.network.initialise(parameters, generator: &generator)
    policy = PolicySnapshot(
      network: plan.network, version: 1, parameters: UnsafePointer(parameters.pointer), owner: parameters)
  }

  /// Each group has a separate caption table, so that the numbering does not depend on which group meets a caption first.
  private func group(_ index: Int, seed: UInt64, failing: Bool = false) throws -> RolloutGroup {
    let shape = UnrollShape(
      unrollLength: 6, environmentCount: 3, rowByteCount: plan.specification.observation.rowByteCount,
      stateSize: plan.network.stateSize, valueHeads: plan.network.valueHeads)
    let plan = plan
    return try RolloutGroup(
      index: index, shape: shape, network: plan.network, captions: CaptionInterner(maximumCaptions: 1_000), seed: seed,
      make: { failing ? FailingEnvironment(plan.specification) : try plan.makeEnvironment() })
  }

  private final class FailingEnvironment: Environment {
    let specification: EnvironmentSpecification

    init(_ specification: EnvironmentSpecification) { self.specification = specification }

    func reset(seed: UInt64, into output: StepOutput) throws { throw EnvironmentError("cannot begin") }
    func step(_ action: Int, into output: StepOutput) throws -> Transition { throw EnvironmentError("cannot step") }
  }

  /// The first tensor whose bytes differ.
  private func difference(_ buffer: TrajectoryBuffer, _ other: TrajectoryBuffer) -> TensorName? {
    zip(buffer.tensorFrames(), other.tensorFrames()).first { $0.frame.copiedBytes() != $1.frame.copiedBytes() }?.0.name
  }

  @Test func aDoubleBufferedPairPlaysWhatItsGroupsPlayAlone() throws {
    let pair = try DoubleBufferedPair(group(0, seed: 4), group(1, seed: 5))
    let alone = [try group(0, seed: 4), try group(1, seed: 5)]
    #expect(pair.unrollsPerTurn == 2)
    var episodes = 0
    for _ in 0..<5 {
      let together = try pair.collect(policy: policy)
      try #require(together.count == 2)
      for (buffer, group) in zip(together, alone) {
        let expected = try group.collect(policy: policy)
        #expect(buffer.group == group.index)
        #expect(difference(buffer, expected) == nil)
        #expect(buffer.episodes == expected.episodes)
        episodes += expected.episodes.count
      }
      #expect(difference(together[0], together[1]) != nil)
    }
    // Of 11 steps at most.
    #expect(episodes >= 2 * 3 * 2)
  }

  @Test func anOverlappingPairPlaysWhatItsGroupsPlayAlone() throws {
    let pair = OverlappingPair(try group(0, seed: 4), try group(1, seed: 5))
    let alone = [try group(0, seed: 4), try group(1, seed: 5)]
    #expect(pair.unrollsPerTurn == 2)
    for _ in 0..<5 {
      let together = try pair.collect(policy: policy)
      try #require(together.count == 2)
      for (buffer, group) in zip(together, alone) {
        let expected = try group.collect(policy: policy)
        #expect(buffer.group == group.index)
        #expect(difference(buffer, expected) == nil)
        #expect(buffer.episodes == expected.episodes)
      }
    }
  }

  @Test func aPairReportsAFailureOfEitherGroup() throws {
    for failing in 0..<2 {
      let pair = try DoubleBufferedPair(
        group(0, seed: 1, failing: failing == 0), group(1, seed: 2, failing: failing == 1))
      #expect(throws: EnvironmentError.self) { try pair.collect(policy: policy) }
    }
  }

  @Test func groupsTakeTurns() throws {
    let unit = AlternatingGroups(groups: [try group(4, seed: 1), try group(9, seed: 2)])
    #expect(unit.unrollsPerTurn == 1)
    let turns = try (0..<5).map { _ in try unit.collect(policy: policy).map(\.group) }
    #expect(turns == [[4], [9], [4], [9], [4]])
  }

  @Test func anEngineNumbersItsGroupsAndSeedsThemApart() throws {
    let engine = try RolloutEngine(plan: plan, seed: 3, threads: 2)
    #expect(engine.groupCount == 4)
    let playing = try engine.units.map { try #require($0 as? any PlayingUnit) }
    #expect(playing.flatMap { $0.groups.map(\.index) } == [0, 1, 2, 3])
    var first: [TrajectoryBuffer] = []
    for unit in playing {
      for _ in unit.groups { first += try unit.collect(policy: policy) }
    }
    #expect(first.count == 4)
    for (index, buffer) in first.enumerated() {
      for other in first[..<index] { #expect(difference(buffer, other) != nil) }
    }
    let again = try RolloutEngine(plan: plan, seed: 3, threads: 2)
    // Units take turns. (Captions are numbered in the order of their first sight, which is another one here.)
    for expected in [first[0], first[2]] {
      let buffer = try again.collectInline(policy: policy)[0]
      #expect(buffer.group == expected.group)
      #expect(difference(buffer, expected).map { $0 == TensorName(Step.captions.tensor) } ?? true)
    }
  }

  /// One unroll a credit, and no unit is left on its thread after `join`.
  @Test func threadsPlayAsManyUnrollsAsThereAreCredits() throws {
    let engine = try RolloutEngine(plan: plan, seed: 3, threads: 2)
    let gate = CreditGate()
    let box = SharedValue<PolicySnapshot?>(policy)
    let delivered = Mutex<[Int]>([])
    let deliveredOne = DispatchSemaphore(value: 0)
    engine.start(gate: gate, policy: box) { result in
      let session = (try? result.get())?.session ?? -1
      delivered.withLock { $0.append(session) }
      deliveredOne.signal()
    }
    gate.begin(with: 5)
    for _ in 0..<5 { deliveredOne.wait() }
    gate.close()
    #expect(engine.join(until: MonotonicClock.seconds + 60))
    #expect(delivered.withLock { $0 } == [1, 1, 1, 1, 1])
  }

  @Test func aThreadDeliversItsUnitsFailureAndEnds() throws {
    let unit = AlternatingGroups(groups: [try group(0, seed: 1, failing: true)])
    let gate = CreditGate()
    let box = SharedValue<PolicySnapshot?>(policy)
    let failure = Mutex("")
    let thread = RolloutThread(index: 0, unit: unit, gate: gate, policy: box) { result in
      if case .failure(let error) = result { failure.withLock { $0 += "\(error)" } }
    }
    thread.start()
    gate.begin(with: 5)
    #expect(thread.join(until: MonotonicClock.seconds + 60))
    #expect(failure.withLock { $0 } == "cannot begin")
  }
}
