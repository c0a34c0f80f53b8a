import Tensor

/// What a block keeps from its forward pass for its backward pass: N = texts * length rows. One thread uses it.
final class BlockMemory {
  /// Input of the block [N, width].
  let input: FloatBuffer
  /// [N, width]
  let attentionNormed: FloatBuffer
  /// [N]
  let attentionScales: FloatBuffer
  /// Queries, keys and values [N, 3 width].
  let projected: FloatBuffer
  /// Attention weights [texts, heads, length, length].
  let shares: FloatBuffer
  /// [N, width]
  let attended: FloatBuffer
  /// The input plus the attention's output [N, width].
  let middle: FloatBuffer
  /// [N, width]
  let hiddenNormed: FloatBuffer
  /// [N]
  let hiddenScales: FloatBuffer
  /// [N, hidden]
  let inner: FloatBuffer

  init(_ options: TransformerOptions, rows: Int, shares shareCount: Int) {
    func buffer(_ columns: Int) -> FloatBuffer { FloatBuffer(count: rows * columns) }
    input = buffer(options.width)
    attentionNormed = buffer(options.width)
    attentionScales = buffer(1)
    projected = buffer(3 * options.width)
    shares = FloatBuffer(count: shareCount)
    attended = buffer(options.width)
    middle = buffer(options.width)
    hiddenNormed = buffer(options.width)
    hiddenScales = buffer(1)
    inner = buffer(options.hidden)
  }

  func matrix(_ buffer: FloatBuffer, _ rows: Int, _ columns: Int) -> MutableMatrix {
    MutableMatrix(buffer.pointer, rows: rows, columns: columns)
  }
}

/// Memory that all blocks use in turn.
final class TransformerScratch {
  /// [N, hidden]
  let wide: FloatBuffer
  /// [N, width]
  let narrow: FloatBuffer
  let attention: FloatBuffer

  init(_ options: TransformerOptions, rows: Int, length: Int) {
    let attention = CausalAttention(heads: options.heads, headWidth: options.headWidth)
    wide = FloatBuffer(count: rows * options.hidden)
    narrow = FloatBuffer(count: rows * options.width)
    self.attention = FloatBuffer(count: attention.scratchCount(length: length))
  }

  func matrix(_ buffer: FloatBuffer, _ rows: Int, _ columns: Int) -> MutableMatrix {
    MutableMatrix(buffer.pointer, rows: rows, columns: columns)
  }
}

/// The memory of a transformer during and between a forward and a backward pass. One thread at a time uses it.
public final class TransformerWorkspace {
  /// Most texts of a pass.
  public let texts: Int
  /// Most tokens of a text.
  public let length: Int
  /// Logits of the latest forward pass [N, vocabulary]; the backward pass reads their gradients here.
  public let logits: FloatBuffer
  let blocks: [BlockMemory]
  let scratch: TransformerScratch
  /// Output of the last block, and after its norm [N, width].
  let output: FloatBuffer
  let outputNormed: FloatBuffer
  /// [N]
  let outputScales: FloatBuffer
  /// d loss / d x of the block at hand [N, width].
  let slopes: FloatBuffer

  public init(_ options: TransformerOptions, texts: Int, length: Int) {
    precondition(texts > 0 && length > 0 && length <= options.context, "a workspace of \(texts) texts of \(length)")
    let rows = texts * length
    self.texts = texts
    self.length = length
    blocks = (0..<options.layers).map { _ in
      BlockMemory(options, rows: rows, shares: rows * length * options.heads)
    }
    scratch = TransformerScratch(options, rows: rows, length: length)
    logits = FloatBuffer(count: rows * options.vocabulary)
    output = FloatBuffer(count: rows * options.width)
    outputNormed = FloatBuffer(count: rows * options.width)
    outputScales = FloatBuffer(count: rows)
    slopes = FloatBuffer(count: rows * options.width)
  }
}
