import Foundation
import NeuralNetwork
import Tensor
import TestSupport
import Testing

@testable import TextPolicy

/// Compares the transformer with PyTorch: scripts/golden/make_text_golden.py.
@Suite struct TransformerGoldenTests {
  private struct Golden: Decodable {
    struct Parameter: Decodable {
      let name: String
      let scale: Float
      let norm: Double
      let indices: [Int]
      let samples: [Double]
    }
    let sizes: TransformerOptions
    let texts, length: Int
    let logits: [Double]
    let parameters: [Parameter]
  }

  @Test func logitsAndGradientsAreThoseOfPyTorch() throws {
    let url = Bundle.module.bundleURL.appending(path: "Golden/transformer.json")
    let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
    let transformer = try Transformer(golden.sizes)
    #expect(transformer.layout.slices.map(\.name) == golden.parameters.map(\.name))
    let policy = TextPolicy(transformer)
    for (slice, parameter) in zip(transformer.layout.slices, golden.parameters) {
      let values = GoldenNumbers.floats(slice.name, slice.count, scale: parameter.scale)
      for (i, value) in values.enumerated() { policy.parameters.pointer[slice.offset + i] = value }
    }
    policy.prepare(forTraining: true)
    let count = golden.texts * golden.length
    let tokens = GoldenNumbers.integers("tokens", count, in: 0..<golden.sizes.vocabulary).map { UInt8($0) }
    let workspace = TransformerWorkspace(golden.sizes, texts: golden.texts, length: golden.length)
    let gradients = FloatBuffer(count: transformer.layout.count)
    transformer.forward(
      tokens, texts: golden.texts, length: golden.length, weights: policy.weights, workspace: workspace)
    #expect(GradientCheck.largestError(workspace.logits.array, golden.logits) < 1e-4)
    let slopes = GoldenNumbers.floats("slopes", workspace.logits.count, scale: 1)
    for (i, slope) in slopes.enumerated() { workspace.logits.pointer[i] = slope }
    transformer.backward(
      tokens, texts: golden.texts, length: golden.length, weights: policy.weights, workspace: workspace,
      gradients: gradients.pointer)
    for (slice, parameter) in zip(transformer.layout.slices, golden.parameters) {
      let actual = gradients.array[slice.offset..<slice.offset + slice.count]
      let norm = actual.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      #expect(abs(norm / parameter.norm - 1) < 1e-4, "\(slice.name): \(norm) is not \(parameter.norm)")
      let samples = parameter.indices.map { actual[slice.offset + $0] }
      #expect(
        GradientCheck.largestError(samples, parameter.samples) < 1e-4 * max(1, parameter.norm), "\(slice.name)")
    }
  }
}
