import Tensor

/// Attention of several questions that share their first tokens: the queries of all of them are multiplied with the shared
/// keys in one product, and with the few keys of their own question one by one.
final class SharedPrefixAttention {
  /// Tokens whose scores are computed together, so that these stay in the second-level cache.
  private static let blockTokens = 32

  private let shape: DecoderShape
  /// Queries of one head of keys [tokens, group, head size].
  private let queries: FloatBuffer
  /// What they read [tokens, group, head size].
  private let outputs: FloatBuffer
  /// [tokens, group, context]
  private let scores: FloatBuffer
  private let packedKeys: FloatBuffer
  private let packedValues: FloatBuffer

  init(_ shape: DecoderShape) {
    self.shape = shape
    let rows = Self.blockTokens * shape.groupSize
    queries = FloatBuffer(count: rows * shape.headSize)
    outputs = FloatBuffer(count: rows * shape.headSize)
    scores = FloatBuffer(count: rows * Self.rowStride(scores: shape.context))
    packedKeys = FloatBuffer(count: PackedWeights.floatCount(inputs: shape.headSize, outputs: shape.context))
    packedValues = FloatBuffer(count: PackedWeights.floatCount(inputs: shape.context, outputs: shape.headSize))
  }

  /// - Parameters:
  ///   - triple: queries, keys and values [rows, attention width]; queries are scaled.
  ///   - prefix: the keys and values of a layer's tokens before the questions; nil for none.
  ///   - mixed: [rows, query width]
  func mix(
    _ triple: Matrix, _ rows: PackedQuestions, prefix: (KeyValuePrefix, layer: Int, count: Int)?,
    into mixed: MutableMatrix
  ) {
    let size = shape.headSize
    let shared = prefix?.count ?? 0
    for head in 0..<shape.keyHeads {
      if let prefix, shared > 0 {
        PackedWeights.pack(
          prefix.0.keys(layer: prefix.layer, head: head, count: shared).transposed, into: packedKeys.pointer)
        PackedWeights.pack(
          prefix.0.values(layer: prefix.layer, head: head, count: shared), into: packedValues.pointer)
      }
      for first in stride(from: 0, to: rows.count, by: Self.blockTokens) {
        let block = first..<min(first + Self.blockTokens, rows.count)
        for row in block {
          (queries.pointer + (row - first) * shape.groupSize * size).update(
            from: triple.row(row) + head * shape.groupSize * size, count: shape.groupSize * size)
        }
        read(block, triple, rows, head: head, shared: shared)
        for row in block {
          (mixed.row(row) + head * shape.groupSize * size).update(
            from: outputs.pointer + (row - first) * shape.groupSize * size, count: shape.groupSize * size)
        }
      }
    }
  }

  /// Writes what the queries of a block of tokens read to `outputs`.
  private func read(_ block: Range<Int>, _ triple: Matrix, _ rows: PackedQuestions, head: Int, shared: Int) {
    let size = shape.headSize
    let count = block.count * shape.groupSize
    let keys = triple.columns(shape.queryWidth + head * size..<shape.queryWidth + (head + 1) * size)
    let start = shape.queryWidth + shape.keyWidth + head * size
    let values = triple.columns(start..<start + size)
    let output = MutableMatrix(outputs.pointer, rows: count, columns: size)
    let longest = block.map { $0 - rows.starts[$0] }.max() ?? 0
    let stride = Self.rowStride(scores: shared + longest + 1)
    let score = MutableMatrix(scores.pointer, rows: count, columns: shared, stride: stride)
    if shared > 0 {
      PackedProduct.multiply(
        Matrix(queries.pointer, rows: count, columns: size),
        PackedWeights(packedKeys.pointer, inputs: size, outputs: shared), into: score)
    }
    for row in 0..<count {
      let token = block.lowerBound + row / shape.groupSize
      let own = rows.starts[token]...token
      let query = queries.pointer + row * size
      let target = score.row(row)
      for key in own { target[shared + key - own.lowerBound] = Self.dot(query, keys.row(key), size) }
      Self.softmax(target, count: shared + own.count)
    }
    if shared > 0 {
      PackedProduct.multiply(
        score.view, PackedWeights(packedValues.pointer, inputs: shared, outputs: size), into: output)
    } else {
      outputs.pointer.update(repeating: 0, count: count * size)
    }
    for row in 0..<count {
      let token = block.lowerBound + row / shape.groupSize
      let own = rows.starts[token]...token
      let weights = score.row(row) + shared
      for key in own { Self.add(weights[key - own.lowerBound], values.row(key), to: output.row(row), size) }
    }
  }

  /// Floats from one row of scores to the next: whole lines of the cache, and never a power of two, of which the rows would
  /// compete for the same places of the cache.
  private static func rowStride(scores count: Int) -> Int { ((count + 15) / 16 | 1) * 16 }

  @inline(__always)
  private static func dot(_ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ count: Int) -> Float {
    var sums = Lanes.Vector.zero
    Lanes.forEach(count) { i, left in
      sums = Lanes.fused(Lanes.load(x + i, remaining: left), Lanes.load(y + i, remaining: left), sums)
    }
    return Lanes.sum(sums)
  }

  @inline(__always)
  private static func add(
    _ scale: Float, _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    let factor = Lanes.Vector(repeating: scale)
    Lanes.forEach(count) { i, left in
      let sum = Lanes.fused(factor, Lanes.load(x + i, remaining: left), Lanes.load(y + i, remaining: left))
      Lanes.store(sum, to: y + i, remaining: left)
    }
  }

  /// scores [count] = softmax(scores), in place.
  private static func softmax(_ scores: UnsafeMutablePointer<Float>, count: Int) {
    var largest = Lanes.Vector(repeating: -.infinity)
    Lanes.forEach(count) { i, left in
      let values = Lanes.load(scores + i, remaining: left, fill: -.infinity)
      largest = largest.replacing(with: values, where: values .> largest)
    }
    let top = largest.max()
    var sums = Lanes.Vector.zero
    Lanes.forEach(count) { i, left in
      let values = Lanes.load(scores + i, remaining: left, fill: -.infinity)
      // The exponential saturates instead of becoming zero, so lanes beyond the end are cleared.
      let weights = Lanes.exponential(values - top).replacing(with: 0, where: values .== -.infinity)
      sums += weights
      Lanes.store(weights, to: scores + i, remaining: left)
    }
    let factor = 1 / Lanes.sum(sums)
    Lanes.forEach(count) { i, left in
      Lanes.store(Lanes.load(scores + i, remaining: left) * factor, to: scores + i, remaining: left)
    }
  }
}
