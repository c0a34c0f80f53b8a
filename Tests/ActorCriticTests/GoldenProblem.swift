import Environments
import Foundation
import NetHack
import NeuralNetwork
import Tensor
import TestSupport
import Testing
import Trajectories

@testable import ActorCritic

/// The network, parameters and batch of a golden file.
struct GoldenProblem {
  let golden: GoldenFile
  let network: PolicyNetwork
  let layout: ObservationLayout
  let parameters: FloatBuffer
  let memory: UnrollMemory

  init(_ name: String) throws {
    golden = try GoldenFile(name)
    layout = golden.layout
    let sizes = golden.description
    network = try PolicyNetwork(
      NetworkDescription(
        try #require(NetworkEntry.entry(named: golden.kind)),
        sizes: NetworkSizes(
          embedding: sizes.embeddingSize, text: sizes.textSize, hidden: sizes.hiddenSize,
          recurrent: sizes.recurrentSize), recurrent: RecurrentKind(rawValue: sizes.recurrent) ?? .none),
      observation: layout, actions: .discrete(golden.actionCount), valueHeads: 1)
    parameters = FloatBuffer(count: network.parameters.count)
    for golden in golden.parameters {
      guard let slice = network.parameters.slices.first(where: { $0.name == golden.name }) else { continue }
      Self.fill(parameters.pointer + slice.offset, GoldenNumbers.floats(slice.name, slice.count, scale: golden.scale))
    }
    memory = UnrollMemory(
      steps: golden.steps, environments: golden.columns, rowFloats: layout.rowByteCount / 4, heads: 1,
      stateSize: network.stateSize)
    fillBatch()
    fillObservations()
  }

  private static func fill<Element>(_ pointer: UnsafeMutablePointer<Element>, _ values: [Element]) {
    for (index, value) in values.enumerated() { pointer[index] = value }
  }

  private func fillBatch() {
    let batch = golden.batch
    Self.fill(memory.actions, batch.actions)
    Self.fill(memory.flags, batch.flags)
    Self.fill(memory.extrinsic, batch.rewards)
    Self.fill(memory.behaviour, batch.behaviourLogProbabilities)
    Self.fill(memory.behaviourValues, batch.behaviourValues)
    Self.fill(memory.truncationValues, batch.truncationValues)
    let states = golden.columns * network.stateSize
    Self.fill(memory.initialState, GoldenNumbers.floats("initial state", states, scale: 0.5))
  }

  private func fillObservations() {
    let rowCount = (golden.steps + 1) * golden.columns
    for (index, field) in golden.fields.enumerated() {
      let target = UnsafeMutableRawPointer(memory.observations) + layout.offsets[index]
      let values = field.integers(rowCount: rowCount, elementCount: layout.fields[index].elementCount)
      for (position, value) in values.enumerated() {
        let (row, element) = position.quotientAndRemainder(dividingBy: layout.fields[index].elementCount)
        let start = target + row * layout.rowByteCount
        switch layout.fields[index].type {
        case .uint8: start.storeBytes(of: UInt8(value), toByteOffset: element, as: UInt8.self)
        case .int16: start.storeBytes(of: Int16(value), toByteOffset: 2 * element, as: Int16.self)
        default: start.storeBytes(of: Int32(value), toByteOffset: 4 * element, as: Int32.self)
        }
      }
    }
  }

  /// The network's outputs for the whole unroll: logits [T+1, B, A] and values [T+1, B].
  func outputs() -> (logits: [Float], values: [Float]) {
    let (steps, columns) = (golden.steps + 1, golden.columns)
    let workspace = network.makeWorkspace(maximumSteps: steps, maximumBatch: columns)
    let rows = (0..<steps * columns).map { UnsafeRawPointer(memory.observations) + $0 * layout.rowByteCount }
    let resets =
      [UInt8](repeating: 0, count: columns)
      + golden.batch.flags.map { StepFlags(rawValue: $0).endsEpisode ? 1 : 0 }
    let prepared = network.makePrepared()
    let weights = network.prepare(parameters.pointer, into: prepared, forTraining: false)
    network.forward(
      rows: rows, steps: steps, batch: columns, initialState: memory.initialState, resets: resets, weights: weights,
      workspace: workspace)
    return withExtendedLifetime(prepared) {
      (
        Array(UnsafeBufferPointer(start: workspace.logits, count: golden.logits.count)),
        Array(UnsafeBufferPointer(start: workspace.values, count: golden.values.count))
      )
    }
  }
}

extension GoldenFile.Field {
  /// The field's values in all rows, [rowCount, elementCount].
  func integers(rowCount: Int, elementCount: Int) -> [Int] {
    if let texts {
      return texts.flatMap { text in
        text.utf8.map(Int.init) + [Int](repeating: 0, count: elementCount - text.utf8.count)
      }
    }
    guard let low, let high, let limit else { return [] }
    return GoldenNumbers.integers(name, rowCount * elementCount, in: low..<high).map { $0 >= limit ? 0 : $0 }
  }
}

/// PyTorch's results for a network, written by scripts/golden/make_golden.py. Arrays are flat, in Tengu's order.
struct GoldenFile: Decodable {
  struct Description: Decodable {
    let recurrent: String
    let recurrentSize, embeddingSize, textSize, hiddenSize: Int
  }

  /// One observation field: texts, or `count` integers in low ..< high; integers from `limit` on are replaced by 0.
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

  /// Parts of the loss, as means over frames, and moments of the advantages before normalisation.
  struct Parts: Decodable {
    let policyLoss, valueLoss, entropy, advantageMean, advantageDeviation: Double
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

  let kind: String
  let description: Description
  let steps, columns, actionCount: Int
  let fields: [Field]
  let batch: Batch
  let logits, values: [Double]
  let loss: Double
  let parts: Parts
  let parameters: [Parameter]

  /// The picture of the golden file of `impala`; all other fields are NetHack's.
  private static let picture = ObservationField("picture", .uint8, [12, 10, 3], .image)

  var layout: ObservationLayout {
    ObservationLayout(
      fields.compactMap { $0.name == "picture" ? Self.picture : NetHackObservation(rawValue: $0.name)?.field })
  }

  init(_ kind: String) throws {
    let folder = Bundle.module.bundleURL.appending(path: "Golden")
    self = try JSONDecoder().decode(Self.self, from: Data(contentsOf: folder.appending(path: "\(kind).json")))
  }
}
