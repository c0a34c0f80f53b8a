import NeuralNetwork
import Tensor
import Testing

@testable import ActorCritic

@Suite struct BatchPassesTests {
  private func fixture(_ passes: BatchPasses) throws -> TrainFixture {
    var fixture = try TrainFixture()
    fixture.options.passes = passes
    return fixture
  }

  /// The parameters and Adam's steps after one update of two unrolls.
  private func update(
    _ passes: BatchPasses, shards: Int = 1, policyVersion: UInt64 = 3
  ) throws -> (parameters: [Float], steps: Int, statistics: TrainStatistics) {
    let fixture = try fixture(passes)
    let batch = [fixture.randomMemory(4, seed: 1), fixture.randomMemory(4, seed: 2)]
    let statistics = try fixture.step(shards: shards).update(
      batch.map(\.trainUnroll), parameters: fixture.parameters, optimiser: fixture.optimiser,
      policyVersion: policyVersion)
    return (fixture.elements(fixture.parameters), fixture.optimiser.step, statistics)
  }

  @Test func everyMinibatchOfEveryPassIsAStep() throws {
    let result = try update(BatchPasses(epochs: 3, minibatches: 4))
    #expect(result.steps == 12)
    // A frame counts once, however often it is used.
    #expect(result.statistics.frames == 8 * 7)
    #expect(result.statistics.gradientNorm > 0)
  }

  /// Two passes without minibatches are two updates of the same batch.
  @Test func aPassIsAnUpdate() throws {
    let fixture = try fixture(BatchPasses())
    let batch = [fixture.randomMemory(4, seed: 1), fixture.randomMemory(4, seed: 2)].map(\.trainUnroll)
    let step = try fixture.step()
    for _ in 0..<2 {
      _ = try step.update(batch, parameters: fixture.parameters, optimiser: fixture.optimiser, policyVersion: 3)
    }
    #expect(try update(BatchPasses(epochs: 2)).parameters == fixture.elements(fixture.parameters))
  }

  /// The order of the columns follows from the version, so a resumed run repeats it.
  @Test func theOrderFollowsFromTheVersion() throws {
    let passes = BatchPasses(minibatches: 4)
    let first = try update(passes).parameters
    #expect(try update(passes).parameters == first)
    #expect(try update(passes, policyVersion: 4).parameters != first)
  }

  @Test func shardsChangeOnlyTheRounding() throws {
    let passes = BatchPasses(epochs: 2, minibatches: 2)
    let (one, two) = (try update(passes).parameters, try update(passes, shards: 2).parameters)
    #expect(relativeDistance(two, one) < 1e-4)
  }

  @Test func aDivergenceBeyondTheLimitEndsTheUpdate() throws {
    #expect(try update(BatchPasses(epochs: 50, divergenceLimit: 1e-9)).steps < 50)
    #expect(try update(BatchPasses(epochs: 50, divergenceLimit: 1e9)).steps == 50)
  }

  /// A gradient that is not finite in the first minibatch changes nothing.
  @Test func aBatchThatIsNotFiniteIsSkipped() throws {
    let fixture = try fixture(BatchPasses(epochs: 2, minibatches: 2))
    let memory = fixture.randomMemory(4, seed: 1)
    for frame in 0..<memory.frames { memory.behaviour[frame] = .nan }
    let before = fixture.elements(fixture.parameters)
    let statistics = try fixture.step().update(
      [memory.trainUnroll], parameters: fixture.parameters, optimiser: fixture.optimiser, policyVersion: 0)
    #expect(statistics.nonFiniteTensor == "behaviour log-probabilities")
    #expect(fixture.elements(fixture.parameters) == before && fixture.optimiser.step == 0)
  }
}
