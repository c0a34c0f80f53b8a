import Environments
import NeuralNetwork
import Tensor
import Testing
import Trajectories

@testable import ActorCritic

@Suite struct TrainStepFailureTests {
  @Test func batchesThatDoNotFitAreRefused() throws {
    let fixture = try TrainFixture()
    let step = try fixture.step(unrollLength: 7, maximumColumns: 8)
    func refusal(_ batch: [UnrollMemory]) -> TrainStepError? {
      do {
        _ = try step.update(
          batch.map(\.trainUnroll), parameters: fixture.parameters, optimiser: fixture.optimiser, policyVersion: 0)
        return nil
      } catch { return error as? TrainStepError }
    }
    let before = fixture.elements(fixture.parameters)
    #expect(refusal([]) == .emptyBatch)
    #expect(refusal([fixture.memory(5), fixture.memory(4)]) == .tooManyColumns(9, maximum: 8))
    #expect(
      refusal([fixture.memory(1), fixture.memory(1, steps: 6)]) == .unrollLength(unroll: 1, found: 6, expected: 7))
    #expect(fixture.elements(fixture.parameters) == before)
    #expect(refusal([fixture.randomMemory(8, seed: 1)]) == nil)
  }

  @Test(arguments: [1, 3], [-1, 5, Int32.max] as [Int32])
  func actionsOutOfRangeAreRefused(shards: Int, action: Int32) throws {
    let fixture = try TrainFixture()
    let step = try fixture.step(shards: shards)
    let (good, bad) = (fixture.randomMemory(4, seed: 1), fixture.randomMemory(4, seed: 2))
    bad.actions[6 * 4 + 3] = action
    let before = fixture.elements(fixture.parameters)
    #expect(throws: TrainStepError.actionOutOfRange(unroll: 1, step: 6, environment: 3, action: action, actionCount: 5))
    {
      try step.update(
        [good.trainUnroll, bad.trainUnroll], parameters: fixture.parameters, optimiser: fixture.optimiser,
        policyVersion: 0)
    }
    #expect(fixture.elements(fixture.parameters) == before)
    let after = try fixture.gradient(step, [good])
    let fresh = try fixture.gradient(fixture.step(shards: shards), [good])
    #expect(after == fresh)
  }

  @Test func valueHeadsMustFit() throws {
    var fixture = try TrainFixture(heads: .single)
    fixture.options.valueHeads = .separate
    #expect(throws: TrainStepError.valueHeads(network: 1, options: 2)) { try fixture.step() }
  }

  private func name(
    heads: ValueHeads = .single, shards: Int = 2, spoil: (TrainFixture, UnrollMemory) -> Void
  ) throws -> String? {
    let fixture = try TrainFixture(heads: heads)
    let step = try fixture.step(shards: shards)
    let memory = fixture.randomMemory(6, seed: 7)
    spoil(fixture, memory)
    let before = fixture.elements(fixture.parameters)
    let statistics = try step.update(
      [memory.trainUnroll], parameters: fixture.parameters, optimiser: fixture.optimiser, policyVersion: 0)
    #expect(step.skippedUpdates == 1)
    #expect(!statistics.gradientNorm.isFinite)
    // Compares bits, because NaN equals nothing.
    #expect(fixture.elements(fixture.parameters).map(\.bitPattern) == before.map(\.bitPattern))
    return statistics.nonFiniteTensor
  }

  @Test func theFirstTensorThatIsNotFiniteIsNamed() throws {
    #expect(try name { $1.extrinsic[41] = .nan } == "rewards")
    #expect(try name { $1.intrinsic[0] = .infinity } == "rewards")
    #expect(try name(heads: .separate) { $1.extrinsic[41] = .nan } == "extrinsic rewards")
    #expect(try name(heads: .separate) { $1.intrinsic[41] = .nan } == "intrinsic rewards")
    #expect(try name { $1.behaviour[3] = .nan } == "behaviour log-probabilities")
    #expect(
      try name { _, memory in
        memory.flags[8] = StepFlags.truncated.rawValue
        memory.truncationValues[8] = .nan
      } == "truncation values")
  }

  @Test func aStateThatIsNotFiniteIsNamed() throws {
    let fixture = try TrainFixture()
    let step = try fixture.step(shards: 2)
    let memory = fixture.randomMemory(6, seed: 7)
    let last = try #require(fixture.network.parameters.slices.last)
    func update() throws {
      _ = try step.update(
        [memory.trainUnroll], parameters: fixture.parameters, optimiser: fixture.optimiser, policyVersion: 0)
    }
    let parameter = fixture.parameters.pointer + fixture.parameters.count - 1
    let kept = parameter.pointee
    parameter.pointee = .nan
    #expect(throws: TrainStepError.stateNotFinite("parameter \(last.name)")) { try update() }
    parameter.pointee = kept
    try update()
    fixture.optimiser.secondMoment.pointer[fixture.parameters.count - 1] = .infinity
    #expect(throws: TrainStepError.stateNotFinite("Adam's second moment of \(last.name)")) { try update() }
  }

  /// Every unroll that alone leads to numbers that are not finite, in any number of shards; none if all do.
  @Test(arguments: [1, 2, 3]) func theUnrollsThatAreTheCauseAreFound(shards: Int) throws {
    let fixture = try TrainFixture()
    let step = try fixture.step(shards: shards)
    let memories = (0..<4).map { fixture.randomMemory(3, seed: UInt64($0)) }
    func faulty(_ bad: [Int]) throws -> [Int] {
      for index in bad { memories[index].extrinsic[20] = .nan }
      defer { for index in bad { memories[index].extrinsic[20] = 0 } }
      let statistics = try step.update(
        memories.map(\.trainUnroll), parameters: fixture.parameters, optimiser: fixture.optimiser, policyVersion: 0)
      #expect(statistics.nonFiniteTensor == (bad.isEmpty ? nil : "rewards"))
      return statistics.faultyUnrolls
    }
    #expect(try faulty([2]) == [2])
    #expect(try faulty([0, 3]) == [0, 3])
    #expect(try faulty([0, 1, 2, 3]) == [])
    #expect(try faulty([]) == [])
  }

  @Test func trainingGoesOnAfterASkippedUpdate() throws {
    let fixture = try TrainFixture()
    let step = try fixture.step(shards: 2)
    let (bad, good) = (fixture.randomMemory(6, seed: 7), fixture.randomMemory(6, seed: 8))
    bad.extrinsic[0] = .nan
    _ = try step.update(
      [bad.trainUnroll], parameters: fixture.parameters, optimiser: fixture.optimiser, policyVersion: 0)
    let statistics = try step.update(
      [good.trainUnroll], parameters: fixture.parameters, optimiser: fixture.optimiser, policyVersion: 0)
    #expect(statistics.nonFiniteTensor == nil)
    #expect(step.skippedUpdates == 1)
    #expect(fixture.elements(fixture.parameters).allSatisfy { $0.isFinite })
  }
}
