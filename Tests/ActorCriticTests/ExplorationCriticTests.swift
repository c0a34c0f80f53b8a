import Statistics
import Testing

@testable import ActorCritic

@Suite struct ExplorationCriticTests {
  private func fixture(_ critic: ExplorationCritic?) throws -> TrainFixture {
    var fixture = try TrainFixture(heads: .separate)
    fixture.options.explorationCritic = critic
    return fixture
  }

  @Test func eachHeadIsCentredAndDividedByItsOwnDeviation() {
    var moments = [Moments(count: 4) { Double($0) }, Moments(count: 4) { 10 * Double($0) }]
    let found = ExplorationCritic(weight: 0.5).coefficients(moments, policyVersion: 7)
    #expect(found.map(\.shift) == [1.5, 15])
    let deviation = Float(1.25).squareRoot()
    #expect(abs(found[0].scale - 1 / deviation) < 1e-6 && abs(found[1].scale - 0.05 / deviation) < 1e-7)
    // Advantages that are all equal are not amplified.
    moments[1] = Moments(count: 4) { _ in 3 }
    #expect(abs(ExplorationCritic().coefficients(moments, policyVersion: 0)[1].scale - 1000) < 1e-3)
  }

  @Test func theWeightDecays() {
    let critic = ExplorationCritic(weight: 2, decayUpdates: 100)
    #expect(critic.weight(at: 0) == 2)
    #expect(abs(critic.weight(at: 100) - 0.735_759) < 1e-5)
    #expect(critic.weight(at: 1_000_000) == 0)
    #expect(ExplorationCritic(weight: 2).weight(at: 1_000_000) == 2)
  }

  /// With weight 0 the intrinsic reward does not change the policy head's update, bit for bit.
  @Test func withoutWeightTheIntrinsicRewardMovesNoPolicy() throws {
    let fixture = try fixture(ExplorationCritic(weight: 0))
    let memory = fixture.randomMemory(6, seed: 1)
    func policyGradient(_ fixture: TrainFixture) throws -> [Float] {
      let gradient = try fixture.gradient(fixture.step(), [memory])
      let slices = fixture.network.parameters.slices.filter { $0.name.hasPrefix("policy") }
      #expect(!slices.isEmpty)
      return slices.flatMap { gradient[$0.offset..<($0.offset + $0.count)] }
    }
    let before = try policyGradient(fixture)
    let weighed = try policyGradient(try self.fixture(ExplorationCritic(weight: 1)))
    for index in 0..<(memory.steps * memory.environments) { memory.intrinsic[index] *= -17 }
    #expect(try policyGradient(fixture) == before)
    #expect(weighed != before && before.contains { $0 != 0 })
  }

  @Test(arguments: [2, 5]) func shardsAgree(shards: Int) throws {
    let fixture = try fixture(ExplorationCritic(weight: 0.7))
    let batch = [fixture.randomMemory(5, seed: 1), fixture.randomMemory(4, seed: 2)]
    let whole = try fixture.gradient(fixture.step(), batch)
    #expect(relativeDistance(try fixture.gradient(fixture.step(shards: shards), batch), whole) < 1e-4)
  }

  @Test func theSumHasTheWeightsDeviation() throws {
    let fixture = try fixture(ExplorationCritic(weight: 0))
    let statistics = try fixture.step(shards: 2).differentiate(
      [fixture.randomMemory(9, seed: 3).trainUnroll], parameters: fixture.parameters)
    #expect(abs(statistics.advantageMean) < 1e-5 && abs(statistics.advantageDeviation - 1) < 1e-4)
  }
}
