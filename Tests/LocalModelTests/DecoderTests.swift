import Runtime
import Tensor
import Testing

@testable import LocalModel

@Suite struct DecoderTests {
  /// Questions that share twenty tokens and then differ, in lengths too.
  private func questions(vocabulary: Int) -> [[Int]] {
    var generator = SplitMix64(seed: 3)
    func tokens(_ count: Int) -> [Int] { (0..<count).map { _ in Int.random(in: 0..<vocabulary, using: &generator) } }
    let shared = tokens(20)
    return [1, 7, 40, 3, 2].map { shared + tokens($0) }
  }

  @Test(arguments: ["llama", "qwen2"]) func aKeptBeginningChangesNothing(kind: String) throws {
    let (decoder, tokenizer) = try Fixture.decoder(kind, form: .floats)
    let questions = questions(vocabulary: tokenizer.count)
    let whole = questions.map { decoder.logits(after: [$0[...]]).numbers(0) }
    // The prefix is longer than what the questions share: the rest of it does not count.
    let prefix = KeyValuePrefix(questions[2], decoder.weights.shape)
    decoder.fill(prefix)
    #expect(questions.map { min(prefix.shared(with: $0), 20) } == [20, 20, 20, 20, 20])
    let logits = decoder.logits(after: questions.map { $0[20...] }, prefix: (prefix, 20))
    for (row, expected) in whole.enumerated() {
      let size = expected.map(abs).max() ?? 1
      #expect(distance(logits.numbers(row), expected) < 1e-5 * size)
    }
  }

  @Test func aLongBeginningIsFilledInParts() throws {
    let (decoder, tokenizer) = try Fixture.decoder("llama", form: .floats)
    var generator = SplitMix64(seed: 5)
    let tokens = (0..<400).map { _ in Int.random(in: 0..<tokenizer.count, using: &generator) }
    let whole = decoder.logits(after: [tokens[...]]).numbers(0)
    let prefix = KeyValuePrefix(tokens, decoder.weights.shape)
    decoder.fill(prefix)
    #expect(prefix.count == 400)
    for count in [1, 127, 128, 399] {
      let logits = decoder.logits(after: [tokens[count...]], prefix: (prefix, count)).numbers(0)
      #expect(distance(logits, whole) < 1e-5 * (whole.map(abs).max() ?? 1))
    }
  }

  /// A question's answer does not depend on which others are asked with it.
  @Test func severalQuestionsAreAnsweredLikeOne() throws {
    for form in Set([Projection.Form.floats, .fastest]) {
      let (decoder, tokenizer) = try Fixture.decoder("llama", form: form)
      let questions = questions(vocabulary: tokenizer.count)
      let single = questions.map { decoder.logits(after: [$0[...]]).numbers(0) }
      let together = decoder.logits(after: questions.map { $0[...] })
      for (row, expected) in single.enumerated() { #expect(together.numbers(row) == expected) }
    }
  }

  @Test(.enabled(if: Projection.Form.fastest == .integers)) func integerProductsRoundAndNothingElse() {
    var generator = SplitMix64(seed: 7)
    func numbers(_ count: Int) -> [Float] { (0..<count).map { _ in Float.random(in: -1...1, using: &generator) } }
    for (rows, inputs, outputs) in [(1, 64, 1), (13, 192, 33), (25, 128, 64), (400, 64, 40)] {
      let (x, weights) = (numbers(rows * inputs), numbers(inputs * outputs))
      let projection = Projection(inputs: inputs, outputs: outputs, form: .integers) { output, target in
        for input in 0..<inputs { target[input] = weights[output * inputs + input] }
      }
      let source = FloatBuffer(count: x.count)
      for (index, value) in x.enumerated() { source.pointer[index] = value }
      let result = FloatBuffer(count: rows * outputs)
      result.fill(2)
      projection.multiply(
        Matrix(source.pointer, rows: rows, columns: inputs),
        into: MutableMatrix(result.pointer, rows: rows, columns: outputs), accumulate: true,
        scratch: AlignedBytes(count: Projection.scratchBytes(inputs: inputs, rows: rows)))
      for row in 0..<rows {
        for output in 0..<outputs {
          var expected = 2.0
          for block in stride(from: 0, to: inputs, by: 64) {
            expected += rounded(x, row * inputs + block, weights, output * inputs + block)
          }
          #expect(abs(Double(result.pointer[row * outputs + output]) - expected) < 1e-4)
        }
      }
    }
  }

  /// One block's product of numbers rounded to 8 bits.
  private func rounded(_ x: [Float], _ first: Int, _ weights: [Float], _ second: Int) -> Double {
    func scale(_ numbers: ArraySlice<Float>) -> Float { (numbers.map(abs).max() ?? 0) / 127 }
    let (a, b) = (x[first..<first + 64], weights[second..<second + 64])
    let (aScale, bScale) = (scale(a), scale(b))
    let sum = zip(a, b).reduce(0) { sum, pair in
      sum + Int((pair.0 * (1 / aScale)).rounded(.toNearestOrEven)) * Int((pair.1 / bScale).rounded(.toNearestOrEven))
    }
    return Double(sum) * Double(aScale) * Double(bScale)
  }
}
