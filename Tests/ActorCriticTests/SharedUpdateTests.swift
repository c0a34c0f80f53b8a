import Foundation
import NeuralNetwork
import Ranks
import Tensor
import Testing

@testable import ActorCritic

/// Two learners with half a batch each, compared with one learner whose two shards have the halves.
@Suite struct SharedUpdateTests {
  private static let updates = 50

  /// What a learner ends with.
  private struct Result {
    var parameters: [Float]
    var statistics: [TrainStatistics] = []
    var skipped = 0
  }

  /// Makes the updates of one learner.
  /// - Parameter batch: the learner's unrolls of an update.
  private static func train(
    _ fixture: TrainFixture, shards: Int, ranks: any Communicator, updates: Int = updates,
    batch: (Int) -> [UnrollMemory]
  ) throws -> Result {
    let step = try TrainStep(
      network: fixture.network, rowByteCount: fixture.layout.rowByteCount, options: fixture.options, unrollLength: 7,
      maximumColumns: 16, shards: shards, ranks: ranks)
    var result = Result(parameters: [])
    for update in 0..<updates {
      let unrolls = batch(update)
      result.statistics.append(
        try step.update(
          unrolls.map(\.trainUnroll), parameters: fixture.parameters, optimiser: fixture.optimiser,
          policyVersion: UInt64(update)))
    }
    result.parameters = fixture.elements(fixture.parameters)
    result.skipped = step.skippedUpdates
    return result
  }

  private static func fixture(_ heads: ValueHeads, critic: Bool, normalises: Bool) throws -> TrainFixture {
    var fixture = try TrainFixture(heads: heads, normalises: normalises)
    if critic { fixture.options.explorationCritic = ExplorationCritic() }
    return fixture
  }

  private static func memory(_ fixture: TrainFixture, _ update: Int, half: Int) -> UnrollMemory {
    fixture.randomMemory(4, seed: UInt64(1 + 2 * update + half))
  }

  /// Runs the ranks on threads, each with its own fixture.
  private func ranks(
    _ size: Int, _ body: @escaping @Sendable (ThreadCommunicator) throws -> Result
  ) throws -> [Result] {
    let lock = NSLock()
    nonisolated(unsafe) var results: [Int: Swift.Result<Result, any Error>] = [:]
    let group = DispatchGroup()
    for communicator in ThreadCommunicator.make(size: size) {
      group.enter()
      Thread {
        let result = Swift.Result { try body(communicator) }
        if case .failure = result { communicator.leave() }
        lock.withLock { results[communicator.rank] = result }
        group.leave()
      }.start()
    }
    group.wait()
    return try (0..<size).map { try #require(results[$0]).get() }
  }

  @Test(arguments: [
    (ValueHeads.single, false, false), (.single, false, true), (.separate, false, false), (.separate, true, true),
  ])
  func twoLearnersEqualOneOfTwoShards(heads: ValueHeads, critic: Bool, normalises: Bool) throws {
    let fixture = try Self.fixture(heads, critic: critic, normalises: normalises)
    let one = try Self.train(fixture, shards: 2, ranks: SingleLearner()) { update in
      (0..<2).map { Self.memory(fixture, update, half: $0) }
    }
    let two = try ranks(2) { ranks in
      let own = try Self.fixture(heads, critic: critic, normalises: normalises)
      return try Self.train(own, shards: 1, ranks: ranks) { [Self.memory(own, $0, half: ranks.rank)] }
    }
    #expect(two[0].parameters == two[1].parameters)
    #expect(zip(one.parameters, two[0].parameters).allSatisfy { abs($0 - $1) <= 1e-6 })
    let initial = try Self.fixture(heads, critic: critic, normalises: normalises)
    #expect(initial.elements(initial.parameters) != one.parameters)
    for (single, shared) in zip(one.statistics, two[0].statistics) {
      #expect(shared.frames == single.frames && single.frames == 56)
      #expect(abs(shared.policyLoss - single.policyLoss) < 1e-6)
      #expect(abs(shared.valueLoss - single.valueLoss) < 1e-6)
      #expect(abs(shared.divergence - single.divergence) < 1e-6)
      #expect(abs(shared.gradientNorm - single.gradientNorm) < 1e-6)
      #expect(abs((shared.explainedVariance ?? 0) - (single.explainedVariance ?? 1)) < 1e-6)
    }
  }

  @Test func learnersWithDifferentPartsEqualOneWithAll() throws {
    let sizes = [1, 3, 2]
    @Sendable func parts(_ fixture: TrainFixture, _ update: Int, _ rank: Int) -> [UnrollMemory] {
      (0..<sizes[rank]).map { fixture.randomMemory(2, seed: UInt64(100 * update + 10 * rank + $0)) }
    }
    let fixture = try TrainFixture()
    let one = try Self.train(fixture, shards: 1, ranks: SingleLearner(), updates: 10) { update in
      sizes.indices.flatMap { parts(fixture, update, $0) }
    }
    let three = try ranks(3) { ranks in
      let own = try TrainFixture()
      return try Self.train(own, shards: 2, ranks: ranks, updates: 10) { parts(own, $0, ranks.rank) }
    }
    for result in three {
      #expect(result.parameters == three[0].parameters)
      #expect(zip(one.parameters, result.parameters).allSatisfy { abs($0 - $1) <= 1e-5 })
    }
  }

  @Test func passesAndMinibatchesStopTogether() throws {
    let two = try ranks(2) { ranks in
      var own = try TrainFixture()
      own.options.passes = BatchPasses(epochs: 4, minibatches: 3, divergenceLimit: 1e-4)
      own.options.learningRate = 0.05
      return try Self.train(own, shards: 1, ranks: ranks, updates: 10) {
        (0...ranks.rank).map { _ in own.randomMemory(3, seed: UInt64(ranks.rank + 1)) } + [
          Self.memory(own, $0, half: 1)
        ]
      }
    }
    #expect(two[0].parameters == two[1].parameters)
    #expect(two[0].statistics.map(\.divergence) == two[1].statistics.map(\.divergence))
  }

  @Test func anUnrollThatIsNotFiniteIsLeftOutByAll() throws {
    let two = try ranks(2) { ranks in
      let own = try TrainFixture()
      let step = try TrainStep(
        network: own.network, rowByteCount: own.layout.rowByteCount, options: own.options, unrollLength: 7,
        maximumColumns: 16, shards: 1, ranks: ranks)
      let memory = own.randomMemory(4, seed: UInt64(ranks.rank + 1))
      if ranks.rank == 1 { memory.extrinsic[3] = .nan }
      let before = own.elements(own.parameters)
      var batch = [memory.trainUnroll]
      let first = try step.update(batch, parameters: own.parameters, optimiser: own.optimiser, policyVersion: 0)
      #expect(first.nonFiniteTensor != nil && first.hasFaultyUnrolls)
      #expect(first.faultyUnrolls == (ranks.rank == 1 ? [0] : []))
      #expect(own.elements(own.parameters) == before)
      if ranks.rank == 1 { batch = [] }
      let second = try step.update(batch, parameters: own.parameters, optimiser: own.optimiser, policyVersion: 0)
      #expect(second.nonFiniteTensor == nil && second.frames == 28)
      return Result(parameters: own.elements(own.parameters), statistics: [second])
    }
    #expect(two[0].parameters == two[1].parameters)
    let alone = try TrainFixture()
    let one = try Self.train(alone, shards: 1, ranks: SingleLearner(), updates: 1) { _ in
      [alone.randomMemory(4, seed: 1)]
    }
    #expect(zip(one.parameters, two[0].parameters).allSatisfy { abs($0 - $1) <= 1e-6 })
  }
}
