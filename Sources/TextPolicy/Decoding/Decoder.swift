import Glibc
import NeuralNetwork
import Tensor

/// Adds tokens to many texts at once, one for each text in a step, and gives the logits of what follows.
///
/// Texts need not have the same length: each has its own position. A step's logits are those that `Transformer.forward`
/// gives for the same weights and tokens, bit for bit.
public final class Decoder {
  public let transformer: Transformer
  /// Number of texts that there is room for.
  public let rows: Int
  /// Most tokens of a text.
  public let length: Int
  /// Logits of the latest step [count, vocabulary], in the order of its texts.
  public let logits: FloatBuffer

  private let cache: KeyValueCache
  private let x: FloatBuffer
  private let normed: FloatBuffer
  private let projected: FloatBuffer
  private let attended: FloatBuffer
  private let middle: FloatBuffer
  private let inner: FloatBuffer
  private let scales: FloatBuffer
  private let scores: FloatBuffer

  public init(_ transformer: Transformer, rows: Int, length: Int) {
    let options = transformer.options
    precondition(rows > 0 && length > 0 && length <= options.context, "a decoder of \(rows) texts of \(length)")
    self.transformer = transformer
    self.rows = rows
    self.length = length
    cache = KeyValueCache(options, rows: rows, length: length)
    func buffer(_ columns: Int) -> FloatBuffer { FloatBuffer(count: rows * columns) }
    logits = buffer(options.vocabulary)
    x = buffer(options.width)
    normed = buffer(options.width)
    projected = buffer(3 * options.width)
    attended = buffer(options.width)
    middle = buffer(options.width)
    inner = buffer(options.hidden)
    scales = buffer(1)
    scores = FloatBuffer(count: cache.scoreCount)
  }

  /// Gives text `target` the first `count` tokens of text `source`: prompts that texts share are read once.
  public func copy(from source: Int, to target: Int, count: Int) {
    cache.copy(from: source, to: target, count: count)
  }

  /// Appends a token to each of `count` texts and writes the logits of the following ones to `logits`.
  /// - Parameters:
  ///   - tokens: [count], each below the vocabulary.
  ///   - positions: [count], the tokens that each text has already, below `length`.
  ///   - texts: [count], different numbers below `rows`.
  public func step(
    tokens: UnsafePointer<UInt8>, positions: UnsafePointer<Int32>, texts: UnsafePointer<Int32>, count: Int,
    weights: Weights
  ) {
    precondition(count <= rows, "\(count) texts in a decoder of \(rows)")
    let width = transformer.options.width
    for i in 0..<count {
      precondition(
        Int(tokens[i]) < transformer.options.vocabulary && (0..<length).contains(Int(positions[i]))
          && (0..<rows).contains(Int(texts[i])), "token, position or text out of range")
      transformer.embedding.forward(
        token: tokens[i], position: Int(positions[i]), into: x.pointer + i * width, parameters: weights.parameters)
    }
    for (index, block) in transformer.blocks.enumerated() {
      run(block, index, positions: positions, texts: texts, count: count, weights: weights)
    }
    let normed = matrix(self.normed, count, width)
    transformer.norm.forward(
      matrix(x, count, width).view, into: normed, scales: scales.pointer, parameters: weights.parameters)
    transformer.embedding.logits(
      normed.view, into: matrix(logits, count, transformer.options.vocabulary), weights: weights)
  }

  /// x = block(x), with the order of operations of `TransformerBlock.forward`.
  private func run(
    _ block: TransformerBlock, _ index: Int, positions: UnsafePointer<Int32>, texts: UnsafePointer<Int32>,
    count: Int, weights: Weights
  ) {
    let width = block.width
    let x = matrix(self.x, count, width)
    let normed = matrix(self.normed, count, width)
    let projected = matrix(self.projected, count, 3 * width)
    let attended = matrix(self.attended, count, width)
    let middle = matrix(self.middle, count, width)
    block.attentionNorm.forward(
      x.view, into: normed, scales: scales.pointer, parameters: weights.parameters)
    block.projection.forward(normed.view, into: projected, weights: weights)
    let scale = 1 / sqrtf(Float(block.attention.headWidth))
    for i in 0..<count {
      let (row, position) = (Int(texts[i]), Int(positions[i]))
      let queries = projected.row(i)
      cache.store(
        row: row, block: index, position: position, keys: queries + width, values: queries + 2 * width)
      cache.attend(
        row: row, block: index, count: position + 1, queries: queries, into: attended.row(i),
        scores: scores.pointer, scale: scale)
    }
    block.attentionOutput.forward(attended.view, into: middle, weights: weights)
    Elementwise.addScaled(1, x.pointer, to: middle.pointer, count: count * width)
    let inner = matrix(self.inner, count, block.hidden.outputs)
    block.hiddenNorm.forward(
      middle.view, into: normed, scales: scales.pointer, parameters: weights.parameters)
    block.hidden.forward(normed.view, into: inner, weights: weights)
    block.hiddenOutput.forward(inner.view, into: x, weights: weights)
    Elementwise.addScaled(1, middle.pointer, to: x.pointer, count: count * width)
  }

  private func matrix(_ buffer: FloatBuffer, _ rows: Int, _ columns: Int) -> MutableMatrix {
    MutableMatrix(buffer.pointer, rows: rows, columns: columns)
  }
}
