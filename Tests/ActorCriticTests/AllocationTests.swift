import ActorCritic
import NeuralNetwork
import Tensor
import TestSupport
import Testing

@testable import ActorCritic

@Suite struct TrainStepAllocationTests {
  @Test func updatesAllocateNothing() async {
    await #expect(processExitsWith: .success) {
      for (shards, normalises, floor) in [(1, false, Float(0)), (2, false, 0.05), (2, true, 0)] {
        let fixture = try TrainFixture(heads: .separate, normalises: normalises, floor: floor)
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

@Suite struct PolicyNetworkAllocationTests {
  @Test func theFamineIsReal() async {
    await #expect(processExitsWith: .failure) {
      MemoryFamine.run { withExtendedLifetime(FloatBuffer(count: 3)) {} }
    }
    await #expect(processExitsWith: .success) {
      MemoryFamine.run {}
    }
  }

  @Test func trainingAndInferenceAllocateNothing() async {
    await #expect(processExitsWith: .success) {
      for (kind, trigrams) in RecurrentKind.allCases.map({ ($0, 0) }) + [(.gru, 4)] {
        let problem = try PolicyNetworkProblem(kind, steps: 4, batch: 3) {
          ($0.trigramSize, $0.choiceFloor) = (trigrams, trigrams > 0 ? 0.05 : 0)
        }
        let workspace = problem.network.makeWorkspace(maximumSteps: 4, maximumBatch: 3)
        let gradients = FloatBuffer(count: problem.parameters.count)
        let state = FloatBuffer(problem.initialState.array)
        let adam = Adam(parameterCount: problem.parameters.count, options: AdamOptions())
        let body = {
          problem.forward(workspace)
          problem.backward(workspace, into: gradients)
          _ = adam.update(problem.parameters, gradients: gradients, learningRate: 1e-3, maximumGradientNorm: 4)
          problem.network.infer(
            rows: problem.rows, batch: 3, state: state.pointer, weights: problem.weights,
            workspace: workspace)
        }
        body()
        MemoryFamine.run(body)
      }
    }
  }
}
