import Foundation
import IntrinsicReward
import NeuralNetwork
import Tensor
import TestSupport
import Testing

/// Reward networks compared with PyTorch, which computes every column of every text.
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

/// PyTorch's results for a reward network, written by scripts/golden/make_reward_golden.py. Arrays are flat, in Tengu's
/// order.
struct RewardGolden: Decodable {
  /// Indices of two texts, and the probability that the first is better.
  struct Pair: Decodable {
    let first, second: Int
    let target: Float
  }

  /// A parameter array and its gradient: the Euclidean norm, and the elements at some indices.
  struct Parameter: Decodable {
    let name: String
    let shape: [Int]
    let scale: Float
    let norm: Double
    let indices: [Int]
    let samples: [Double]
  }

  let texts: [String]
  let labels: [Float]
  let pairs: [Pair]
  let outputs: [Double]
  let loss: Double
  let parameters: [Parameter]

  init(_ name: String) throws {
    let folder = Bundle.module.bundleURL.appending(path: "Golden")
    self = try JSONDecoder().decode(Self.self, from: Data(contentsOf: folder.appending(path: "\(name).json")))
  }

  /// The parameters of the golden file.
  func makeParameters(_ network: CaptionNetwork) -> FloatBuffer {
    let buffer = FloatBuffer(count: network.parameters.count)
    for slice in network.parameters.slices {
      guard let golden = parameters.first(where: { $0.name == slice.name }) else { continue }
      for (index, value) in GoldenNumbers.floats(slice.name, slice.count, scale: golden.scale).enumerated() {
        buffer.pointer[slice.offset + index] = value
      }
      // Byte 0 is padding.
      if slice.name.hasSuffix("embedding") {
        (buffer.pointer + slice.offset).update(repeating: 0, count: slice.shape.last ?? 0)
      }
    }
    return buffer
  }
}
