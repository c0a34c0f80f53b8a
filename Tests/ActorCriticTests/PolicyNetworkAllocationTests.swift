import ActorCritic
import NeuralNetwork
import Tensor
import TestSupport
import Testing

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
      for kind in RecurrentKind.allCases {
        let problem = try PolicyNetworkProblem(kind, steps: 4, batch: 3)
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
