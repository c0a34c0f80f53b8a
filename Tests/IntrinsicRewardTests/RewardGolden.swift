import Foundation
import IntrinsicReward
import NeuralNetwork
import Tensor
import TestSupport

/// What PyTorch made of a reward network, as scripts/golden/make_reward_golden.py wrote it. Arrays are flat, in Tengu's
/// order.
struct RewardGolden: Decodable {
  /// Two texts by their places, and how probably the first is better.
  struct Pair: Decodable {
    let first, second: Int
    let target: Float
  }

  /// An array of parameters and its gradient: the Euclidean norm, and the elements at some places.
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

  /// The parameters it was made with.
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
