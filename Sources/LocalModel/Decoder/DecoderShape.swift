/// The sizes of a decoder of the Llama kind: root-mean-square norms, rotary positions, grouped queries, a gated MLP.
struct DecoderShape: Sendable, Hashable {
  /// Which numbers of a query or key a rotation turns together.
  enum Rotation: Sendable, Hashable {
    /// 2i and 2i + 1.
    case neighbours
    /// i and i + size / 2.
    case halves
  }

  /// Tokens of the longest question that is read, whatever the model allows.
  static let maximumContext = 4096

  let layers: Int
  let width: Int
  let heads: Int
  /// Heads of keys and values, each of which several query heads share.
  let keyHeads: Int
  let headSize: Int
  /// Width of the MLP.
  let inner: Int
  let vocabulary: Int
  let context: Int
  let epsilon: Float
  let rotaryBase: Double
  let rotation: Rotation
  /// Whether queries, keys and values have biases.
  let hasBiases: Bool

  var queryWidth: Int { heads * headSize }
  var keyWidth: Int { keyHeads * headSize }
  /// Queries, keys and values of a token, which are computed together.
  var attentionWidth: Int { queryWidth + 2 * keyWidth }
  /// Query heads that share a head of keys.
  var groupSize: Int { heads / keyHeads }

  /// - Throws: if the file has a model of another kind or an impossible size.
  init(_ file: ModelFile, vocabulary: Int) throws(LocalModelError) {
    let kind = file.text("general.architecture") ?? "missing"
    guard kind == "llama" || kind == "qwen2" else {
      throw LocalModelError.unsupported(
        file.path, "its architecture is \"\(kind)\", and only llama and qwen2 are known")
    }
    func size(_ name: String, _ range: ClosedRange<Int>, or other: Int? = nil) throws(LocalModelError) -> Int {
      let key = "\(kind).\(name)"
      guard let value = file.integer(key) ?? other else {
        throw LocalModelError.damaged(file.path, "its header lacks \(key)")
      }
      guard range.contains(value) else {
        throw LocalModelError.damaged(
          file.path, "\(key) is \(value), not from \(range.lowerBound) to \(range.upperBound)")
      }
      return value
    }
    layers = try size("block_count", 1...256)
    width = try size("embedding_length", 8...32_768)
    heads = try size("attention.head_count", 1...512)
    keyHeads = try size("attention.head_count_kv", 1...512, or: heads)
    headSize = try size("attention.key_length", 2...1024, or: width / heads)
    inner = try size("feed_forward_length", 8...262_144)
    context = min(try size("context_length", 1...Int.max), Self.maximumContext)
    let rotary = try size("rope.dimension_count", 2...1024, or: headSize)
    guard heads % keyHeads == 0, rotary == headSize, headSize % 2 == 0 else {
      throw LocalModelError.unsupported(
        file.path, "it has \(heads) heads of \(headSize), \(keyHeads) of keys, and rotates \(rotary) numbers")
    }
    let scaling = file.text("\(kind).rope.scaling.type") ?? "none"
    guard scaling == "none", file.tensors["rope_freqs.weight"] == nil, (file.integer("\(kind).expert_count") ?? 0) == 0
    else { throw LocalModelError.unsupported(file.path, "it scales its rotary positions or has experts") }
    epsilon = Float(file.real("\(kind).attention.layer_norm_rms_epsilon") ?? 1e-5)
    rotaryBase = file.real("\(kind).rope.freq_base") ?? 10_000
    guard epsilon.isFinite, epsilon >= 0, rotaryBase.isFinite, rotaryBase > 1 else {
      throw LocalModelError.damaged(file.path, "the base of its rotary positions is \(rotaryBase)")
    }
    rotation = kind == "llama" ? .neighbours : .halves
    hasBiases = kind == "qwen2"
    self.vocabulary = vocabulary
  }

  /// The same shape from its sizes, for tests.
  init(
    layers: Int, width: Int, heads: Int, keyHeads: Int, inner: Int, vocabulary: Int, rotation: Rotation = .neighbours
  ) {
    (self.layers, self.width, self.heads, self.keyHeads) = (layers, width, heads, keyHeads)
    (self.inner, self.vocabulary, self.rotation) = (inner, vocabulary, rotation)
    (headSize, context, epsilon, rotaryBase, hasBiases) = (width / heads, Self.maximumContext, 1e-5, 10_000, false)
  }
}
