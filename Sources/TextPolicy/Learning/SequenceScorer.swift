import NeuralNetwork
import Tensor

/// The log-probabilities that a policy gives the tokens of texts. One thread at a time uses it.
public final class SequenceScorer {
  /// Texts of a pass: their activations stay in the caches.
  public static let textsOfPass = 16

  let transformer: Transformer
  let workspace: TransformerWorkspace
  /// Tokens of a pass [texts * length]; texts that are shorter end with zeros.
  private var padded: [UInt8] = []

  /// - Parameter texts: most texts of a pass, at least those of a group.
  public init(_ transformer: Transformer, texts: Int = textsOfPass) {
    self.transformer = transformer
    workspace = TransformerWorkspace(transformer.options, texts: texts, length: transformer.options.context)
  }

  /// log pi of each token of each text given the tokens before it; 0 for the first one, which nothing precedes.
  public func logProbabilities(_ texts: [TokenSequence], policy: TextPolicy) -> [[Float]] {
    var result: [[Float]] = []
    result.reserveCapacity(texts.count)
    for first in stride(from: 0, to: texts.count, by: workspace.texts) {
      let pass = texts[first..<min(first + workspace.texts, texts.count)]
      let length = forward(pass, policy: policy)
      for (index, text) in pass.enumerated() {
        var values = [Float](repeating: 0, count: text.count)
        for position in 1..<max(text.count, 1) {
          values[position] = logRow(index * length + position - 1)[Int(text.tokens[position])]
        }
        result.append(values)
      }
    }
    return result
  }

  /// Fills the workspace's logits with log-probabilities of all tokens at each position. Returns the length of the pass.
  func forward(_ texts: ArraySlice<TokenSequence>, policy: TextPolicy) -> Int {
    let length = texts.reduce(1) { max($0, $1.count) }
    padded.removeAll(keepingCapacity: true)
    for text in texts {
      padded.append(contentsOf: text.tokens)
      for _ in text.count..<length { padded.append(0) }
    }
    transformer.forward(
      padded, texts: texts.count, length: length, weights: policy.weights, workspace: workspace)
    for (index, text) in texts.enumerated() {
      for position in 0..<text.count {
        let row = logRow(index * length + position)
        Rows.logSoftmax(row, into: row, count: transformer.options.vocabulary)
      }
    }
    return length
  }

  /// The backward pass of the latest forward pass, whose logits the caller has replaced by their gradients.
  func backward(texts: Int, length: Int, policy: TextPolicy, gradients: FloatBuffer) {
    transformer.backward(
      padded, texts: texts, length: length, weights: policy.weights, workspace: workspace,
      gradients: gradients.pointer)
  }

  /// Logits of a row of the pass.
  func logRow(_ row: Int) -> UnsafeMutablePointer<Float> {
    workspace.logits.pointer + row * transformer.options.vocabulary
  }
}
