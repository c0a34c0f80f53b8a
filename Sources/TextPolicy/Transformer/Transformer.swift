import NeuralNetwork
import Runtime
import Tensor

/// A decoder that predicts the next token of a text: embedding, blocks, norm, and the embedding's table as last layer.
///
/// It holds the places of its parameters and no memory. Rows are text-major: row text * length + position. Texts that are
/// shorter than the pass are filled up at the end, which no earlier position sees.
public struct Transformer: Sendable {
  public let options: TransformerOptions
  public let layout: ParameterLayout
  let embedding: TokenEmbedding
  let blocks: [TransformerBlock]
  let norm: RMSNorm

  /// - Throws: `TextPolicyError` for sizes that no network can have.
  public init(_ options: TransformerOptions) throws {
    try options.validate()
    var layout = ParameterLayout()
    embedding = TokenEmbedding(options, in: &layout)
    blocks = (0..<options.layers).map { TransformerBlock("block\($0)", options, in: &layout) }
    norm = RMSNorm("norm", width: options.width, in: &layout)
    self.layout = layout
    self.options = options
  }

  /// Writes initial values: Gaussians of deviation 0.02, and layers that are added to a block's input smaller by
  /// sqrt(2 layers), as in GPT-2 (Radford et al. 2019); norms at one and biases at zero.
  public func initialise(_ parameters: UnsafeMutablePointer<Float>, generator: inout RandomGenerator) {
    for slice in layout.slices where slice.shape.count == 1 {
      slice.initialise(parameters, generator: &generator)
    }
    let deviation: Float = 0.02
    func fill(_ slice: ParameterSlice, _ deviation: Float) {
      for i in 0..<slice.count { parameters[slice.offset + i] = deviation * generator.gaussian() }
    }
    fill(embedding.tokens, deviation)
    fill(embedding.positions, deviation)
    for block in blocks {
      for layer in block.innerLayers { fill(layer.weight, deviation) }
      for layer in block.addedLayers { fill(layer.weight, deviation / Float(2 * blocks.count).squareRoot()) }
    }
  }

  /// Fills `prepared` [layout.preparedCount] from `parameters` [layout.count]; both stay alive while the result is used.
  public func prepare(
    _ parameters: FloatBuffer, into prepared: FloatBuffer, forTraining: Bool
  ) -> Weights {
    embedding.prepare(parameters.pointer, into: prepared.pointer, forTraining: forTraining)
    for block in blocks { block.prepare(parameters.pointer, into: prepared.pointer, forTraining: forTraining) }
    return Weights(parameters: parameters.pointer, prepared: prepared.pointer)
  }

  /// Writes the logits of each position's next token to `workspace.logits`.
  /// - Parameters:
  ///   - tokens: [texts * length], each below the vocabulary.
  public func forward(
    _ tokens: UnsafePointer<UInt8>, texts: Int, length: Int, weights: Weights, workspace: TransformerWorkspace
  ) {
    precondition(
      texts > 0 && texts <= workspace.texts && length > 0 && length <= workspace.length,
      "\(texts) texts of \(length) tokens do not fit a workspace of \(workspace.texts) of \(workspace.length)")
    let (rows, width) = (texts * length, options.width)
    let first = workspace.blocks[0].input.pointer
    for row in 0..<rows {
      let token = tokens[row]
      precondition(Int(token) < options.vocabulary, "token \(token) is not in a vocabulary of \(options.vocabulary)")
      embedding.forward(
        token: token, position: row % length, into: first + row * width, parameters: weights.parameters)
    }
    for (index, block) in blocks.enumerated() {
      let output = index + 1 < blocks.count ? workspace.blocks[index + 1].input : workspace.output
      block.forward(
        Matrix(workspace.blocks[index].input.pointer, rows: rows, columns: width), length: length,
        into: MutableMatrix(output.pointer, rows: rows, columns: width), memory: workspace.blocks[index],
        scratch: workspace.scratch, weights: weights)
    }
    let normed = MutableMatrix(workspace.outputNormed.pointer, rows: rows, columns: width)
    norm.forward(
      Matrix(workspace.output.pointer, rows: rows, columns: width), into: normed,
      scales: workspace.outputScales.pointer, parameters: weights.parameters)
    embedding.logits(
      normed.view, into: MutableMatrix(workspace.logits.pointer, rows: rows, columns: options.vocabulary),
      weights: weights)
  }

  /// Adds d loss / d parameters to `gradients`. Before, the caller replaces `workspace.logits` of the forward pass with the
  /// same arguments by d loss / d logits.
  public func backward(
    _ tokens: UnsafePointer<UInt8>, texts: Int, length: Int, weights: Weights, workspace: TransformerWorkspace,
    gradients: UnsafeMutablePointer<Float>
  ) {
    let (rows, width) = (texts * length, options.width)
    let slopes = MutableMatrix(workspace.slopes.pointer, rows: rows, columns: width)
    let normedSlopes = workspace.scratch.matrix(workspace.scratch.narrow, rows, width)
    embedding.logitsBackward(
      Matrix(workspace.outputNormed.pointer, rows: rows, columns: width),
      logitGradients: Matrix(workspace.logits.pointer, rows: rows, columns: options.vocabulary),
      inputGradients: normedSlopes, weights: weights, gradients: gradients)
    slopes.pointer.update(repeating: 0, count: rows * width)
    norm.backward(
      Matrix(workspace.output.pointer, rows: rows, columns: width), scales: workspace.outputScales.pointer,
      outputGradients: normedSlopes.view, inputGradients: slopes, parameters: weights.parameters,
      gradients: gradients)
    for (block, memory) in zip(blocks, workspace.blocks).reversed() {
      block.backward(
        Matrix(memory.input.pointer, rows: rows, columns: width), length: length, slopes: slopes, memory: memory,
        scratch: workspace.scratch, weights: weights, gradients: gradients)
    }
    for row in 0..<rows {
      embedding.backward(
        token: tokens[row], position: row % length, slopes: slopes.row(row), gradients: gradients)
    }
  }
}
