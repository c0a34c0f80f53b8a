import Foundation

/// What PyTorch made of a network, as scripts/golden/make_golden.py wrote it. Arrays are flat, in Tengu's order.
struct GoldenFile: Decodable {
  struct Description: Decodable {
    let recurrent: String
    let recurrentSize, embeddingSize, textSize, hiddenSize: Int
  }

  /// One field of the observations: texts, or `count` integers from low ..< high of which those from `limit` on are 0.
  struct Field: Decodable {
    let name: String
    let texts: [String]?
    let count, low, high, limit: Int?
  }

  struct Batch: Decodable {
    let actions: [Int32]
    let flags: [UInt8]
    let rewards, behaviourLogProbabilities, behaviourValues, truncationValues: [Float]
  }

  /// Of the loss, means over frames; and of the advantages before they are normalised.
  struct Parts: Decodable {
    let policyLoss, valueLoss, entropy, advantageMean, advantageDeviation: Double
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

  let kind: String
  let description: Description
  let steps, columns, actionCount: Int
  let fields: [Field]
  let batch: Batch
  let logits, values: [Double]
  let loss: Double
  let parts: Parts
  let parameters: [Parameter]

  init(_ kind: String) throws {
    let folder = Bundle.module.bundleURL.appending(path: "Golden")
    self = try JSONDecoder().decode(Self.self, from: Data(contentsOf: folder.appending(path: "\(kind).json")))
  }
}
