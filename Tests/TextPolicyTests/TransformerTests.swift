import NeuralNetwork
import Runtime
import Tensor
import TestSupport
import Testing

@testable import TextPolicy

@Suite struct TransformerTests {
  private let options = TransformerOptions(vocabulary: 13, width: 32, layers: 2, heads: 4, context: 12)
  /// Texts of more than one block of rows, and heads that are no whole number of vectors.
  private static let long = TransformerOptions(vocabulary: 13, width: 60, layers: 2, heads: 3, context: 70)

  private func policy(seed: UInt64, _ other: TransformerOptions? = nil) throws -> TextPolicy {
    let policy = TextPolicy(try Transformer(other ?? options), seed: seed)
    // Larger than initial values, so that attention is not uniform.
    for slice in policy.transformer.layout.slices where slice.shape.count == 2 {
      Elementwise.multiply(policy.parameters.pointer + slice.offset, by: 8, count: slice.count)
    }
    policy.prepare(forTraining: true)
    return policy
  }

  private func logits(_ policy: TextPolicy, _ tokens: [UInt8], texts: Int) -> [Float] {
    let length = tokens.count / texts
    let workspace = TransformerWorkspace(policy.transformer.options, texts: texts, length: length)
    policy.transformer.forward(
      tokens, texts: texts, length: length, weights: policy.weights, workspace: workspace)
    return workspace.logits.array
  }

  @Test(arguments: [false, true]) func gradientsAreCentralDifferences(isLong: Bool) throws {
    let options = isLong ? Self.long : options
    let policy = try policy(seed: 1, options)
    var generator = RandomGenerator(seed: 2)
    let (texts, length) = (2, isLong ? 43 : 5)
    let tokens = (0..<texts * length).map { _ in UInt8(generator.below(options.vocabulary)) }
    let direction = generator.values(texts * length * options.vocabulary)
    let workspace = TransformerWorkspace(options, texts: texts, length: length)
    policy.transformer.forward(
      tokens, texts: texts, length: length, weights: policy.weights, workspace: workspace)
    for (i, slope) in direction.enumerated() { workspace.logits.pointer[i] = slope }
    let gradients = FloatBuffer(count: policy.parameters.count)
    policy.transformer.backward(
      tokens, texts: texts, length: length, weights: policy.weights, workspace: workspace,
      gradients: gradients.pointer)
    let norm = Elementwise.sumOfSquares(gradients.pointer, count: gradients.count).squareRoot()
    // Along random directions, with a small step: the hidden layers have kinks, which a larger one crosses.
    for _ in 0..<4 {
      let step = generator.values(policy.parameters.count)
      func loss(_ distance: Float) throws -> Double {
        let moved = policy.copied()
        for i in 0..<step.count { moved.parameters.pointer[i] += distance * step[i] }
        moved.prepare(forTraining: false)
        return zip(logits(moved, tokens, texts: texts), direction).reduce(0) {
          $0 + Double($1.0) * Double($1.1)
        }
      }
      let expected = try (loss(3e-5) - loss(-3e-5)) / 6e-5
      let actual = zip(gradients.array, step).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
      #expect(abs(actual - expected) < 0.03 * norm, "\(actual) is not \(expected)")
    }
  }

  @Test func laterTokensChangeNothingBefore() throws {
    let policy = try policy(seed: 3)
    let tokens: [UInt8] = [1, 5, 9, 2, 12, 0]
    var changed = tokens
    changed[4] = 3
    let (before, after) = (logits(policy, tokens, texts: 1), logits(policy, changed, texts: 1))
    let same = 4 * options.vocabulary
    #expect(before[..<same] == after[..<same])
    #expect(before[same...] != after[same...])
  }

  @Test(arguments: [false, true]) func decodingGivesTheBitsOfTheForwardPass(isLong: Bool) throws {
    let options = isLong ? Self.long : options
    let policy = try policy(seed: 4, options)
    var generator = RandomGenerator(seed: 5)
    let (texts, length) = (3, isLong ? 69 : 11)
    let tokens = (0..<texts * length).map { _ in UInt8(generator.below(options.vocabulary)) }
    let expected = logits(policy, tokens, texts: texts)
    let decoder = Decoder(policy.transformer, rows: texts + 1, length: length)
    // Text 0 waits two steps, and its tokens so far go to another row.
    var rows: [Int32] = [0, 1, 2]
    for position in 0..<length {
      let next = (0..<texts).map { tokens[$0 * length + position] }
      if position == 6 {
        decoder.copy(from: 0, to: 3, count: position)
        rows = [3, 1, 2]
      }
      let positions = [Int32](repeating: Int32(position), count: texts)
      decoder.step(tokens: next, positions: positions, texts: rows, count: texts, weights: policy.weights)
      for text in 0..<texts {
        let first = (text * length + position) * options.vocabulary
        let row = decoder.logits.array[text * options.vocabulary..<(text + 1) * options.vocabulary]
        #expect(Array(row) == Array(expected[first..<first + options.vocabulary]), "text \(text), \(position)")
      }
    }
  }

  @Test func paddingChangesNoGradient() throws {
    let policy = try policy(seed: 6)
    let tokens: [UInt8] = [4, 7, 1, 11]
    func gradients(_ tokens: [UInt8]) -> [Float] {
      let workspace = TransformerWorkspace(options, texts: 1, length: tokens.count)
      policy.transformer.forward(
        tokens, texts: 1, length: tokens.count, weights: policy.weights, workspace: workspace)
      workspace.logits.fill(0)
      for i in 0..<4 * options.vocabulary { workspace.logits.pointer[i] = Float(i % 7) - 3 }
      let gradients = FloatBuffer(count: policy.parameters.count)
      policy.transformer.backward(
        tokens, texts: 1, length: tokens.count, weights: policy.weights, workspace: workspace,
        gradients: gradients.pointer)
      return gradients.array
    }
    let (short, padded) = (gradients(tokens), gradients(tokens + [0, 0]))
    #expect(GradientCheck.relativeError(padded, short.doubles) < 1e-5)
  }

  @Test func badSizesAreRefused() {
    #expect(throws: TextPolicyError.self) { try Transformer(TransformerOptions(width: 97)) }
    #expect(throws: TextPolicyError.self) { try Transformer(TransformerOptions(vocabulary: 1)) }
    #expect(throws: TextPolicyError.self) { try Transformer(TransformerOptions(layers: 0)) }
  }

  @Test func defaultHasThirdOfAMillionWeights() throws {
    let count = try Transformer(TransformerOptions()).layout.count
    #expect((340_000...360_000).contains(count))
  }
}
