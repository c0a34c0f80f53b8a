import IntrinsicReward
import NeuralNetwork
import TestSupport
import Testing

/// Reward networks against PyTorch, which computes every column of every text.
@Suite struct CaptionNetworkGoldenTests {
  private static let tolerance = 1e-4

  private func problem(_ golden: RewardGolden, _ network: CaptionNetwork) -> CaptionNetworkProblem {
    CaptionNetworkProblem(network, golden.makeParameters(network))
  }

  @Test(arguments: ["classifier", "ranking"], [false, true])
  func outputsAgree(name: String, complete: Bool) throws {
    let golden = try RewardGolden(name)
    let network: CaptionNetwork = name == "classifier" ? .classifier : .ranking
    let expected = golden.parameters.map { "\($0.name) \($0.shape)" }
    #expect(network.parameters.slices.map { "\($0.name) \($0.shape)" }.sorted() == expected.sorted())
    let outputs = problem(golden, network).outputs(golden.texts.map { Array($0.utf8) }, complete: complete)
    #expect(GradientCheck.relativeError(outputs, golden.outputs) < Self.tolerance)
  }
}
