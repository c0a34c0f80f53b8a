import NeuralNetwork
import TestSupport
import Testing

@testable import ActorCritic

@Suite struct TrainStepAllocationTests {
  @Test func updatesAllocateNothing() async {
    await #expect(processExitsWith: .success) {
      for (shards, normalises) in [(1, false), (2, false), (2, true)] {
        let fixture = try TrainFixture(heads: .separate, normalises: normalises)
        let step = try fixture.step(shards: shards)
        let memories = [fixture.randomMemory(5, seed: 3), fixture.randomMemory(8, seed: 4)]
        let batch = memories.map(\.trainUnroll)
        var updates = 0
        let body = {
          let statistics = try? step.update(
            batch, parameters: fixture.parameters, optimiser: fixture.optimiser, policyVersion: 0)
          if let statistics, statistics.nonFiniteTensor == nil { updates += 1 }
        }
        for _ in 0..<3 { body() }
        MemoryFamine.run { for _ in 0..<10 { body() } }
        #expect(updates == 13)
        withExtendedLifetime(memories) {}
      }
    }
  }
}
