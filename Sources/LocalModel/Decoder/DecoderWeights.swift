import Tensor

/// The weights of a decoder, in the order in which its products read them.
final class DecoderWeights {
  struct Layer {
    /// Gains of the norms before attention and MLP [width].
    var attentionGain: [Float]
    var innerGain: [Float]
    /// Biases of queries, keys and values [attentionWidth]; empty for none.
    var biases: [Float]
    /// Queries, keys and values.
    var attention: Projection
    var attentionOutput: Projection
    /// The gate's outputs, then those that it scales.
    var gated: Projection
    var innerOutput: Projection
  }

  let shape: DecoderShape
  let layers: [Layer]
  let finalGain: [Float]
  /// The logits of all tokens.
  let head: Projection
  /// The vectors of the tokens [vocabulary, width].
  private let embedding: StoredTensor

  /// - Parameter form: how products are computed.
  /// - Throws: if a tensor is missing or has other sizes than the header states.
  init(_ file: ModelFile, _ shape: DecoderShape, form: Projection.Form) throws(LocalModelError) {
    self.shape = shape
    embedding = try file.tensor("token_embd.weight", columns: shape.width, rows: shape.vocabulary)
    finalGain = try Self.vector(file, "output_norm.weight", shape.width)
    var layers: [Layer] = []
    for layer in 0..<shape.layers { layers.append(try Self.layer(file, "blk.\(layer)", shape, form)) }
    self.layers = layers
    // Models whose outputs have no weights of their own use those of the inputs.
    let isTied = file.tensors["output.weight"] == nil
    let output = isTied ? embedding : try file.tensor("output.weight", columns: shape.width, rows: shape.vocabulary)
    head = Self.projection([output], form)
  }

  private static func layer(
    _ file: ModelFile, _ name: String, _ shape: DecoderShape, _ form: Projection.Form
  ) throws(LocalModelError) -> Layer {
    func matrix(_ part: String, _ columns: Int, _ rows: Int) throws(LocalModelError) -> StoredTensor {
      try file.tensor("\(name).\(part).weight", columns: columns, rows: rows)
    }
    var biases: [Float] = []
    if shape.hasBiases {
      for (part, count) in [("attn_q", shape.queryWidth), ("attn_k", shape.keyWidth), ("attn_v", shape.keyWidth)] {
        biases += try vector(file, "\(name).\(part).bias", count)
      }
    }
    return Layer(
      attentionGain: try vector(file, "\(name).attn_norm.weight", shape.width),
      innerGain: try vector(file, "\(name).ffn_norm.weight", shape.width),
      biases: biases,
      attention: projection(
        [
          try matrix("attn_q", shape.width, shape.queryWidth), try matrix("attn_k", shape.width, shape.keyWidth),
          try matrix("attn_v", shape.width, shape.keyWidth),
        ], form),
      attentionOutput: projection([try matrix("attn_output", shape.queryWidth, shape.width)], form),
      gated: projection(
        [try matrix("ffn_gate", shape.width, shape.inner), try matrix("ffn_up", shape.width, shape.inner)], form),
      innerOutput: projection([try matrix("ffn_down", shape.inner, shape.width)], form))
  }

  /// One product with the outputs of several tensors, one after the other.
  private static func projection(_ tensors: [StoredTensor], _ form: Projection.Form) -> Projection {
    let outputs = tensors.reduce(0) { $0 + $1.rows }
    return Projection(inputs: tensors[0].columns, outputs: outputs, form: form) { output, target in
      var row = output
      for tensor in tensors {
        if row < tensor.rows { return tensor.read(row: row, into: target) }
        row -= tensor.rows
      }
    }
  }

  private static func vector(_ file: ModelFile, _ name: String, _ count: Int) throws(LocalModelError) -> [Float] {
    let tensor = try file.tensor(name, columns: count, rows: 1)
    return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      // A buffer for at least one number has an address.
      if let start = buffer.baseAddress { tensor.read(row: 0, into: start) }
      initialized = count
    }
  }

  /// Bytes of memory that the weights hold.
  var bytes: Int {
    layers.reduce(head.bytes + embedding.bytes.count) {
      $0 + $1.attention.bytes + $1.attentionOutput.bytes + $1.gated.bytes + $1.innerOutput.bytes
    }
  }

  /// Writes the vector of a token to `target` [width].
  func embed(_ token: Int, into target: UnsafeMutablePointer<Float>) {
    embedding.read(row: token, into: target)
  }
}
