import Tensor

/// Keys and values of the tokens that some texts have so far, in all blocks.
///
/// Keys are stored with positions side by side, so that one query's scores are whole vectors; values with a position's
/// floats side by side.
final class KeyValueCache {
  /// Tokens of a text that there is room for, a whole number of vectors.
  let capacity: Int
  private let heads: Int
  private let headWidth: Int
  private let blockCount: Int
  private let memory: FloatBuffer

  /// - Parameters:
  ///   - rows: number of texts.
  ///   - length: most tokens of a text.
  init(_ options: TransformerOptions, rows: Int, length: Int) {
    capacity = (length + Lanes.width - 1) / Lanes.width * Lanes.width
    heads = options.heads
    headWidth = options.headWidth
    blockCount = options.layers
    // A head's last vector may reach beyond the last value.
    memory = FloatBuffer(count: rows * blockCount * 2 * heads * headWidth * capacity + Lanes.width * 3)
  }

  /// Floats of memory for the scores of one head, and a vector beyond them.
  var scoreCount: Int { capacity + Lanes.width }

  private var width: Int { heads * headWidth }

  /// Floats of a text's keys in one block; its values take as many.
  private var partCount: Int { width * capacity }

  /// Keys of a text in a block [heads, headWidth, capacity].
  @inline(__always)
  private func keys(_ row: Int, _ block: Int) -> UnsafeMutablePointer<Float> {
    memory.pointer + (row * blockCount + block) * 2 * partCount
  }

  /// Stores the keys and values [width] of one token.
  @inline(__always)
  func store(
    row: Int, block: Int, position: Int, keys newKeys: UnsafePointer<Float>, values: UnsafePointer<Float>
  ) {
    let target = keys(row, block)
    for i in 0..<width { target[i &* capacity &+ position] = newKeys[i] }
    Rows.copy(values, to: target + partCount + position * width, count: width)
  }

  /// Gives text `target` the first `count` tokens of text `source`.
  func copy(from source: Int, to target: Int, count: Int) {
    for block in 0..<blockCount {
      let (from, to) = (keys(source, block), keys(target, block))
      for i in 0..<width { Rows.copy(from + i * capacity, to: to + i * capacity, count: count) }
      Rows.copy(from + partCount, to: to + partCount, count: count * width)
    }
  }

  /// y [width] = the attention of one position's queries [width] to the first `count` tokens of a text.
  /// - Parameter scores: [scoreCount], overwritten.
  func attend(
    row: Int, block: Int, count: Int, queries: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>,
    scores: UnsafeMutablePointer<Float>, scale: Float
  ) {
    let keys = keys(row, block)
    let values = keys + partCount
    for head in 0..<heads {
      let offset = head * headWidth
      writeScores(queries + offset, keys + offset * capacity, count: count, into: scores)
      // Scores of minus infinity up to the next whole vector change no bit, and a vector in parts would take longer.
      Lanes.store(Lanes.Vector(repeating: -.infinity), to: scores + count, remaining: Lanes.width)
      let whole = (count + Lanes.width - 1) / Lanes.width * Lanes.width
      AttentionRow.softmax(scores, count: whole, total: whole, scale: scale)
      writeSums(scores, values + offset, count: count, into: y + offset)
    }
  }

  /// scores [count] = queries [headWidth] times keys [headWidth, capacity], four vectors at a time.
  @inline(__always)
  private func writeScores(
    _ queries: UnsafePointer<Float>, _ keys: UnsafePointer<Float>, count: Int,
    into scores: UnsafeMutablePointer<Float>
  ) {
    let vectors = (count + Lanes.width - 1) / Lanes.width
    var first = 0
    while first < vectors {
      let start = first * Lanes.width
      if vectors - first >= 4 {
        VectorSums<4>.write(
          queries, count: headWidth, rows: keys + start, stride: capacity, into: scores + start)
        first += 4
      } else if vectors - first >= 2 {
        VectorSums<2>.write(
          queries, count: headWidth, rows: keys + start, stride: capacity, into: scores + start)
        first += 2
      } else {
        VectorSums<1>.write(
          queries, count: headWidth, rows: keys + start, stride: capacity, into: scores + start)
        first += 1
      }
    }
  }

  /// y [headWidth] = weights [count] times values [count, width]. The last vector of a head may read floats of the next head
  /// or of the padding, which it does not store: a sum of single floats would take longer than all vectors.
  @inline(__always)
  private func writeSums(
    _ weights: UnsafePointer<Float>, _ values: UnsafePointer<Float>, count: Int,
    into y: UnsafeMutablePointer<Float>
  ) {
    var i = 0
    while i < headWidth {
      let left = headWidth - i
      if left > 2 * Lanes.width {
        VectorSums<3>.write(weights, count: count, rows: values + i, stride: width, into: y + i, remaining: left)
        i += 3 * Lanes.width
      } else if left > Lanes.width {
        VectorSums<2>.write(weights, count: count, rows: values + i, stride: width, into: y + i, remaining: left)
        i += 2 * Lanes.width
      } else {
        VectorSums<1>.write(weights, count: count, rows: values + i, stride: width, into: y + i, remaining: left)
        i += Lanes.width
      }
    }
  }
}

/// y = x [count] times a matrix of `vectors` vectors in each row, all sums in registers. The sum of each column runs over
/// the rows in their order, as in `PackedProduct`.
private struct VectorSums<let vectors: Int> {
  /// - Parameter remaining: floats of y that are written, at most all vectors.
  @inline(__always)
  static func write(
    _ x: UnsafePointer<Float>, count: Int, rows: UnsafePointer<Float>, stride: Int,
    into y: UnsafeMutablePointer<Float>, remaining: Int = vectors * Lanes.width
  ) {
    var sums = InlineArray<vectors, Lanes.Vector>(repeating: .zero)
    var row = rows
    for i in 0..<count {
      let value = Lanes.Vector(repeating: x[i])
      for v in 0..<vectors {
        sums[v] = Lanes.fused(value, Lanes.load(row + v * Lanes.width, remaining: Lanes.width), sums[v])
      }
      row += stride
    }
    for v in 0..<vectors {
      Lanes.store(sums[v], to: y + v * Lanes.width, remaining: max(remaining - v * Lanes.width, 0))
    }
  }
}
