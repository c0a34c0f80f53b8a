import TestSupport
import Testing

@testable import ActorCritic

/// Networks, losses and gradients against PyTorch.
@Suite struct GoldenTests {
  private static let tolerance = 1e-4
  /// Every network, and the recurrent cells that none of them has in its golden file.
  static let names = NetworkEntry.all.map(\.name) + ["mlp_min_gru"]

  @Test(arguments: Self.names)
  func parametersAreThoseOfPyTorch(name: String) throws {
    let problem = try GoldenProblem(name)
    let expected = problem.golden.parameters.map { "\($0.name) \($0.shape)" }
    #expect(problem.network.parameters.slices.map { "\($0.name) \($0.shape)" }.sorted() == expected.sorted())
  }

  @Test(arguments: Self.names)
  func outputsAgreeWithPyTorch(name: String) throws {
    let problem = try GoldenProblem(name)
    let (logits, values) = problem.outputs()
    #expect(GradientCheck.relativeError(logits, problem.golden.logits) < Self.tolerance)
    #expect(GradientCheck.relativeError(values, problem.golden.values) < Self.tolerance)
  }

  @Test(arguments: Self.names, [1, 2])
  func lossAndGradientsAgreeWithPyTorch(name: String, shards: Int) throws {
    let problem = try GoldenProblem(name)
    let golden = problem.golden
    let options = ActorCriticOptions()
    let step = try TrainStep(
      network: problem.network, rowByteCount: problem.layout.rowByteCount, options: options,
      unrollLength: golden.steps, maximumColumns: golden.columns, shards: shards)
    let statistics = try step.differentiate([problem.memory.trainUnroll], parameters: problem.parameters)
    let loss =
      statistics.policyLoss + Double(options.valueCoefficient) * statistics.valueLoss
      - Double(options.entropyCoefficient) * statistics.entropy
    expectClose(loss, golden.loss, "loss")
    expectClose(statistics.policyLoss, golden.parts.policyLoss, "policy loss")
    expectClose(statistics.valueLoss, golden.parts.valueLoss, "value loss")
    expectClose(statistics.entropy, golden.parts.entropy, "entropy")
    expectClose(statistics.advantageMean, golden.parts.advantageMean, "mean of the advantages")
    expectClose(statistics.advantageDeviation, golden.parts.advantageDeviation, "deviation of the advantages")
    for expected in golden.parameters {
      let slice = try #require(problem.network.parameters.slices.first { $0.name == expected.name })
      let gradient = (0..<slice.count).map { step.gradients.pointer[slice.offset + $0] }
      let norm = gradient.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      expectClose(norm, expected.norm, "norm of the gradient of \(slice.name)")
      let samples = expected.indices.map { gradient[$0] }
      #expect(
        GradientCheck.relativeError(samples, expected.samples) < Self.tolerance, "gradient of \(slice.name)")
    }
  }

  private func expectClose(_ actual: Double, _ expected: Double, _ name: String) {
    #expect(abs(actual - expected) <= Self.tolerance * abs(expected), "\(name): \(actual), not \(expected)")
  }

  /// Rows of a packed product depend neither on each other nor on their number.
  @Test(arguments: Self.names)
  func theBatchDoesNotChangeLogProbabilities(name: String) throws {
    let problem = try GoldenProblem(name)
    let network = problem.network
    let prepared = network.makePrepared()
    let weights = network.prepare(problem.parameters.pointer, into: prepared, forTraining: false)
    defer { withExtendedLifetime((problem, prepared)) {} }
    let rows = (0..<problem.memory.environments * problem.memory.steps).map {
      UnsafeRawPointer(problem.memory.observations) + $0 * problem.layout.rowByteCount
    }
    func logProbabilities(_ rows: [UnsafeRawPointer]) -> [Float] {
      let workspace = network.makeWorkspace(maximumSteps: 1, maximumBatch: rows.count)
      var state = [Float](repeating: 0.1, count: rows.count * network.stateSize)
      network.infer(rows: rows, batch: rows.count, state: &state, weights: weights, workspace: workspace)
      var result = [Float](repeating: 0, count: rows.count * network.actions.parameterCount)
      ActionHead(.discrete(network.actions.parameterCount)).normalise(workspace.logits, rows: rows.count, into: &result)
      return result
    }
    #expect(logProbabilities(rows) == rows.flatMap { logProbabilities([$0]) })
  }
}
