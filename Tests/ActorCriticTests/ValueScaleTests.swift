import NeuralNetwork
import Runtime
import Statistics
import Tensor
import TestSupport
import Testing
import Trajectories

@testable import ActorCritic

@Suite struct ValueScaleTests {
  /// A batch whose rewards are `scale` times those of another, plus `shift`.
  private func batch(_ fixture: TrainFixture, seed: UInt64, scale: Float = 1, shift: Float = 0) -> [UnrollMemory] {
    let memories = [fixture.randomMemory(5, seed: seed), fixture.randomMemory(3, seed: seed + 100)]
    for memory in memories {
      for frame in 0..<memory.frames {
        memory.extrinsic[frame] = scale * memory.extrinsic[frame] + shift
        memory.intrinsic[frame] *= scale
      }
    }
    return memories
  }

  private func moments(_ fixture: TrainFixture) throws -> (mean: Float, variance: Float) {
    let slices = fixture.network.parameters.slices
    let mean = try #require(slices.first { $0.name == "value.mean" })
    let variance = try #require(slices.first { $0.name == "value.variance" })
    return (fixture.parameters.pointer[mean.offset], fixture.parameters.pointer[variance.offset])
  }

  @discardableResult
  private func update(
    _ fixture: TrainFixture, _ step: TrainStep, _ batch: [UnrollMemory], version: UInt64
  ) throws -> TrainStatistics {
    try step.update(
      batch.map(\.trainUnroll), parameters: fixture.parameters, optimiser: fixture.optimiser, policyVersion: version)
  }

  /// The values of a batch's observations, by the parameters as they are.
  private func values(_ fixture: TrainFixture, _ memory: UnrollMemory) -> [Float] {
    let network = fixture.network
    let prepared = network.makePrepared()
    let weights = network.prepare(fixture.parameters.pointer, into: prepared, forTraining: false)
    defer { withExtendedLifetime(prepared) {} }
    let workspace = network.makeWorkspace(maximumSteps: 1, maximumBatch: memory.environments)
    let rows = (0..<memory.environments).map {
      UnsafeRawPointer(memory.observations) + $0 * fixture.layout.rowByteCount
    }
    let state = FloatBuffer(count: memory.environments * network.stateSize)
    rows.withUnsafeBufferPointer { rows in
      guard let base = rows.baseAddress else { return }
      network.infer(
        rows: base, batch: memory.environments, state: state.pointer, weights: weights, workspace: workspace)
    }
    return (0..<memory.environments).map { workspace.values[$0] }
  }

  /// The first update learns on the scale of its own targets.
  @Test func theFirstBatchSetsTheScale() throws {
    let fixture = try TrainFixture(scalesValues: true)
    #expect(try moments(fixture) == (0, 1))
    let large = batch(fixture, seed: 1, scale: 50, shift: 1000)
    let statistics = try update(fixture, try fixture.step(), large, version: 0)
    let (mean, variance) = try moments(fixture)
    #expect(mean > 1000 && variance > 100)
    // Errors count in units of the deviation.
    #expect(statistics.valueLoss < 20)
  }

  /// New moments change no value: what the heads compute changes with them.
  @Test func newMomentsKeepTheValues() throws {
    let fixture = try TrainFixture(scalesValues: true)
    let moments = try #require(ValueMoments(fixture.network))
    let memory = fixture.randomMemory(5, seed: 3)
    let before = values(fixture, memory)
    let targets = Moments(count: 100) { 40 + 7 * Double($0 % 10) }
    moments.update(fixture.parameters, policyVersion: 4) { _ in targets }
    let found = try self.moments(fixture)
    #expect(abs(Double(found.mean) - 0.2 * targets.mean) < 1e-4)
    let expected = 0.8 * (1 + 0.2 * targets.mean * targets.mean) + 0.2 * targets.variance
    #expect(abs(Double(found.variance) - expected) < 1e-2)
    for (one, other) in zip(before, values(fixture, memory)) { #expect(abs(one - other) < 1e-3) }
    // Targets that are not finite change nothing.
    moments.update(fixture.parameters, policyVersion: 4) { _ in Moments(count: 2) { _ in .nan } }
    #expect(try self.moments(fixture) == found)
  }

  /// A world that pays 128 times as much teaches the same policy, once the values have its scale.
  @Test func theScaleOfRewardsDoesNotMatter() throws {
    let results = try [Float(1), 128].map { scale -> [Float] in
      let fixture = try TrainFixture(scalesValues: true)
      let step = try fixture.step()
      let variance = try #require(fixture.network.parameters.slices.first { $0.name == "value.variance" })
      fixture.parameters.pointer[variance.offset] = scale * scale
      for version in 1...8 {
        // Unrolls are played with the values of the network that learns.
        let memories = batch(fixture, seed: UInt64(version), scale: scale)
        for memory in memories {
          for frame in 0..<memory.frames { memory.behaviourValues[frame] *= scale }
          for frame in 0..<memory.frames { memory.truncationValues[frame] *= scale }
        }
        try update(fixture, step, memories, version: UInt64(version))
      }
      let policy = try #require(fixture.network.parameters.slices.first { $0.name == "policy.weight" })
      return (0..<policy.count).map { fixture.parameters.pointer[policy.offset + $0] }
    }
    #expect(GradientCheck.relativeError(results[0], results[1].map(Double.init)) < 1e-3)
  }

  /// A first update that is skipped leaves no trace.
  @Test func aSkippedUpdateChangesNothing() throws {
    let fixture = try TrainFixture(scalesValues: true)
    let before = fixture.elements(fixture.parameters)
    let memories = batch(fixture, seed: 5)
    memories[0].extrinsic[0] = .nan
    let statistics = try update(fixture, try fixture.step(), memories, version: 0)
    #expect(statistics.nonFiniteTensor != nil && fixture.elements(fixture.parameters) == before)
  }
}
