import Tensor

/// The keys and values of the first tokens of a question. Questions that begin with some of these tokens read them instead
/// of computing them again, because no token's keys depend on later tokens.
final class KeyValuePrefix {
  let tokens: [Int]
  /// Tokens whose keys and values are there.
  private(set) var count = 0
  private let shape: DecoderShape
  /// [layers, key heads, tokens, head size]
  private let keys: FloatBuffer
  private let values: FloatBuffer

  /// Memory for the keys and values of `tokens`.
  init(_ tokens: [Int], _ shape: DecoderShape) {
    self.tokens = tokens
    self.shape = shape
    keys = FloatBuffer(count: shape.layers * shape.keyWidth * tokens.count)
    values = FloatBuffer(count: shape.layers * shape.keyWidth * tokens.count)
  }

  /// Number of tokens at the beginning of `other` that it shares, of those whose keys are there.
  func shared(with other: [Int]) -> Int {
    var index = 0
    while index < min(count, other.count), tokens[index] == other[index] { index += 1 }
    return index
  }

  /// The keys of a layer's head [count, head size].
  func keys(layer: Int, head: Int, count: Int) -> Matrix {
    Matrix(keys.pointer + start(layer, head), rows: count, columns: shape.headSize)
  }

  /// The values of a layer's head [count, head size].
  func values(layer: Int, head: Int, count: Int) -> Matrix {
    Matrix(values.pointer + start(layer, head), rows: count, columns: shape.headSize)
  }

  private func start(_ layer: Int, _ head: Int) -> Int {
    (layer * shape.keyHeads + head) * tokens.count * shape.headSize
  }

  /// Copies the keys and values of a layer's tokens [rows, key width], which follow the ones that are there.
  func store(layer: Int, keys newKeys: Matrix, values newValues: Matrix) {
    for head in 0..<shape.keyHeads {
      for row in 0..<newKeys.rows {
        let place = start(layer, head) + (count + row) * shape.headSize
        let column = head * shape.headSize
        (keys.pointer + place).update(from: newKeys.row(row) + column, count: shape.headSize)
        (values.pointer + place).update(from: newValues.row(row) + column, count: shape.headSize)
      }
    }
  }

  /// Counts tokens whose keys and values all layers have stored.
  func advance(by rows: Int) {
    precondition(count + rows <= tokens.count, "the prefix has only \(tokens.count) tokens")
    count += rows
  }
}
