import Glibc
import NeuralNetwork
import Runtime
import Statistics
import Tensor
import Testing

@testable import ActorCritic

@Suite struct TrainStatisticsTests {
  @Test(arguments: [1, 2])
  func aUniformPolicyWithoutValues(shards: Int) throws {
    let fixture = try TrainFixture()
    fixture.parameters.fill(0)
    let memory = fixture.randomMemory(4, seed: 1)
    for frame in 0..<memory.frames { memory.behaviour[frame] = logf(0.2) }
    let statistics = try fixture.step(shards: shards).differentiate(
      [memory.trainUnroll], parameters: fixture.parameters)
    #expect(statistics.frames == 28)
    #expect(abs(statistics.meanRatio - 1) < 1e-6)
    #expect(abs(statistics.divergence) < 1e-6)
    #expect(statistics.clipFraction == 0)
    #expect(abs(statistics.entropy - log(5)) < 1e-6)
    // Zero values explain no variance; normalised advantages have mean zero.
    #expect(abs(try #require(statistics.explainedVariance)) < 1e-9)
    #expect(abs(statistics.policyLoss) < 1e-6)
    #expect(statistics.advantageDeviation > 0)
  }

  @Test func nothingToExplainIsNotZero() throws {
    let fixture = try TrainFixture()
    fixture.parameters.fill(0)
    let memory = fixture.memory(4)  // no reward anywhere
    let statistics = try fixture.step().differentiate([memory.trainUnroll], parameters: fixture.parameters)
    #expect(statistics.explainedVariance == nil)
    #expect(statistics.valueLoss == 0)
  }

  @Test func aBehaviourFarAwayIsClipped() throws {
    let fixture = try TrainFixture()
    fixture.parameters.fill(0)
    let memory = fixture.randomMemory(4, seed: 2)
    for frame in 0..<memory.frames { memory.behaviour[frame] = logf(frame % 4 == 0 ? 0.4 : 0.2) }
    let statistics = try fixture.step().differentiate([memory.trainUnroll], parameters: fixture.parameters)
    #expect(statistics.clipFraction == 0.25)
    #expect(abs(statistics.meanRatio - 0.875) < 1e-6)
    #expect(abs(statistics.divergence - 0.25 * (0.5 - 1 - log(0.5))) < 1e-6)
  }

  @Test func lagIsCountedInFrames() throws {
    let fixture = try TrainFixture()
    let (old, new, future) = (fixture.randomMemory(6, seed: 3), fixture.randomMemory(2, seed: 4), fixture.memory(2))
    old.policyVersion = 90
    new.policyVersion = 98
    future.policyVersion = 101
    let statistics = try fixture.step().update(
      [old, new, future].map(\.trainUnroll), parameters: fixture.parameters, optimiser: fixture.optimiser,
      policyVersion: 100)
    #expect(statistics.minimumPolicyLag == 0)
    #expect(statistics.maximumPolicyLag == 10)
    #expect(abs(statistics.meanPolicyLag - 6.4) < 1e-12)
  }

  @Test func momentsOfPartsMerge() {
    var generator = RandomGenerator(seed: 5)
    let values = (0..<100).map { _ in 1000 + Double(generator.uniform()) }
    let whole = Moments(count: 100) { values[$0] }
    var merged = Moments()
    for (start, count) in [(0, 1), (1, 0), (1, 60), (61, 39)] {
      merged += Moments(count: count) { values[start + $0] }
    }
    #expect(merged.count == 100)
    #expect(abs(merged.mean - whole.mean) < 1e-9)
    #expect(abs(merged.variance - whole.variance) < 1e-9)
    #expect(Moments().variance == 0)
  }
}
