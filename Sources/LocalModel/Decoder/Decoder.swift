import Glibc
import Tensor

/// Computes what follows questions: the logits of the next token of each. One thread uses it at a time.
final class Decoder {
  /// Tokens of one pass, which the workspace has room for.
  static let maximumRows = 1024
  /// Questions of one pass: that many rows of logits are kept.
  static let maximumQuestions = 64

  let weights: DecoderWeights
  private let shape: DecoderShape
  private let rotary: RotaryPositions
  private let attention: SharedPrefixAttention
  /// [rows, width], and the same after a norm.
  private let states: FloatBuffer
  private let normed: FloatBuffer
  /// Queries, keys and values [rows, attention width].
  private let triples: FloatBuffer
  /// What attention reads for each query [rows, query width].
  private let mixed: FloatBuffer
  /// The gate, then what it scales [rows, 2 inner].
  private let gated: FloatBuffer
  /// [questions, vocabulary]
  private let logits: FloatBuffer
  private let scratch: AlignedBytes

  init(_ weights: DecoderWeights) {
    self.weights = weights
    shape = weights.shape
    rotary = RotaryPositions(shape)
    attention = SharedPrefixAttention(shape)
    let rows = Self.maximumRows
    states = FloatBuffer(count: rows * shape.width)
    normed = FloatBuffer(count: rows * shape.width)
    triples = FloatBuffer(count: rows * shape.attentionWidth)
    mixed = FloatBuffer(count: rows * shape.queryWidth)
    gated = FloatBuffer(count: rows * 2 * shape.inner)
    logits = FloatBuffer(count: Self.maximumQuestions * shape.vocabulary)
    let widest = max(shape.width, shape.queryWidth, shape.inner)
    scratch = AlignedBytes(count: Projection.scratchBytes(inputs: widest, rows: rows))
  }

  /// The logits of the next token after each question [questions, vocabulary], valid until the next call.
  /// - Parameters:
  ///   - suffixes: the questions' tokens after the prefix, at least one each, `maximumRows` at most together.
  ///   - prefix: keys and values of the first tokens that all questions share, and how many of these; nil for none.
  func logits(after suffixes: [ArraySlice<Int>], prefix: (KeyValuePrefix, count: Int)? = nil) -> Matrix {
    precondition(suffixes.count <= Self.maximumQuestions, "more questions than a pass has room for")
    let rows = PackedQuestions(suffixes, first: prefix?.count ?? 0)
    embed(suffixes)
    for layer in weights.layers.indices {
      let isLast = layer == weights.layers.count - 1
      attend(layer, rows, prefix)
      // After the last layer's keys are known, only the questions' last tokens count.
      if isLast { keepLast(of: rows) }
      finish(layer, isLast ? rows.lengths.count : rows.count)
    }
    let count = suffixes.count
    norm(weights.finalGain, count)
    let result = MutableMatrix(logits.pointer, rows: count, columns: shape.vocabulary)
    weights.head.multiply(matrix(normed, count, shape.width).view, into: result, scratch: scratch)
    return result.view
  }

  /// Computes the keys and values of all tokens of a prefix, from the first that it lacks.
  func fill(_ prefix: KeyValuePrefix) {
    while prefix.count < prefix.tokens.count {
      let end = min(prefix.count + Self.maximumRows / 8, prefix.tokens.count)
      let part = prefix.tokens[prefix.count..<end]
      let rows = PackedQuestions([part], first: prefix.count)
      embed([part])
      for layer in weights.layers.indices {
        attend(layer, rows, (prefix, count: prefix.count), storing: prefix)
        // Nothing reads what the last layer makes of these tokens.
        if layer < weights.layers.count - 1 { finish(layer, rows.count) }
      }
      prefix.advance(by: part.count)
    }
  }

  // MARK: Parts of a pass

  private func embed(_ suffixes: [ArraySlice<Int>]) {
    var row = 0
    for suffix in suffixes {
      for token in suffix {
        weights.embed(token, into: states.pointer + row * shape.width)
        row += 1
      }
    }
  }

  /// Writes what the attention of a layer reads to `mixed`.
  private func attend(
    _ layer: Int, _ rows: PackedQuestions, _ prefix: (KeyValuePrefix, count: Int)?, storing: KeyValuePrefix? = nil
  ) {
    let part = weights.layers[layer]
    norm(part.attentionGain, rows.count)
    let triple = matrix(triples, rows.count, shape.attentionWidth)
    part.attention.multiply(matrix(normed, rows.count, shape.width).view, into: triple, scratch: scratch)
    let scale = 1 / sqrtf(Float(shape.headSize))
    for row in 0..<rows.count {
      let values = triple.row(row)
      for (index, bias) in part.biases.enumerated() { values[index] += bias }
      for head in 0..<shape.heads + shape.keyHeads {
        let factor = head < shape.heads ? scale : 1
        rotary.turn(values + head * shape.headSize, position: rows.positions[row], scale: factor)
      }
    }
    let keys = triple.columns(shape.queryWidth..<shape.queryWidth + shape.keyWidth).view
    let values = triple.columns(shape.queryWidth + shape.keyWidth..<shape.attentionWidth).view
    storing?.store(layer: layer, keys: keys, values: values)
    let cached = prefix.map { ($0.0, layer: layer, count: $0.count) }
    attention.mix(triple.view, rows, prefix: cached, into: matrix(mixed, rows.count, shape.queryWidth))
  }

  /// Adds attention and MLP of a layer to the states.
  private func finish(_ layer: Int, _ rows: Int) {
    let part = weights.layers[layer]
    let state = matrix(states, rows, shape.width)
    part.attentionOutput.multiply(
      matrix(mixed, rows, shape.queryWidth).view, into: state, accumulate: true, scratch: scratch)
    norm(part.innerGain, rows)
    let inner = matrix(gated, rows, 2 * shape.inner)
    part.gated.multiply(matrix(normed, rows, shape.width).view, into: inner, scratch: scratch)
    for row in 0..<rows { Self.gate(inner.row(row), shape.inner) }
    part.innerOutput.multiply(inner.columns(0..<shape.inner).view, into: state, accumulate: true, scratch: scratch)
  }

  /// Moves the last token of each question to the beginning.
  private func keepLast(of rows: PackedQuestions) {
    var end = 0
    for (index, length) in rows.lengths.enumerated() {
      end += length
      (states.pointer + index * shape.width).update(
        from: states.pointer + (end - 1) * shape.width, count: shape.width)
      (mixed.pointer + index * shape.queryWidth).update(
        from: mixed.pointer + (end - 1) * shape.queryWidth, count: shape.queryWidth)
    }
  }

  /// normed = gain states / sqrt(mean(states^2) + epsilon) (Zhang and Sennrich 2019).
  private func norm(_ gain: [Float], _ rows: Int) {
    let width = shape.width
    for row in 0..<rows {
      let (source, target) = (states.pointer + row * width, normed.pointer + row * width)
      let square = Elementwise.dot(source, source, count: width)
      let scale = 1 / sqrtf(square / Float(width) + shape.epsilon)
      gain.withUnsafeBufferPointer { gain in
        // The gain has as many numbers as a state, so it has an address.
        guard let gain = gain.baseAddress else { return }
        Lanes.forEach(width) { i, left in
          let scaled = Lanes.load(source + i, remaining: left) * scale * Lanes.load(gain + i, remaining: left)
          Lanes.store(scaled, to: target + i, remaining: left)
        }
      }
    }
  }

  /// values[i] = silu(values[i]) values[count + i]: the gated unit of Shazeer (2020).
  private static func gate(_ values: UnsafeMutablePointer<Float>, _ count: Int) {
    Lanes.forEach(count) { i, left in
      let gate = Lanes.load(values + i, remaining: left)
      let scaled = Lanes.load(values + count + i, remaining: left)
      Lanes.store(gate * scaled / (Lanes.exponential(-gate) + 1), to: values + i, remaining: left)
    }
  }

  private func matrix(_ buffer: FloatBuffer, _ rows: Int, _ columns: Int) -> MutableMatrix {
    MutableMatrix(buffer.pointer, rows: rows, columns: columns)
  }
}

/// The tokens of several questions, one after the other.
struct PackedQuestions {
  let lengths: [Int]
  /// The place of each token in its question.
  let positions: [Int]
  /// The first row of each row's question.
  let starts: [Int]

  var count: Int { positions.count }

  init(_ suffixes: [ArraySlice<Int>], first: Int) {
    lengths = suffixes.map(\.count)
    var positions: [Int] = []
    var starts: [Int] = []
    for length in lengths {
      let start = positions.count
      for index in 0..<length {
        positions.append(first + index)
        starts.append(start)
      }
    }
    (self.positions, self.starts) = (positions, starts)
    precondition(positions.count <= Decoder.maximumRows, "more tokens than a pass has room for")
  }
}
