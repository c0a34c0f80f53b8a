import NeuralNetwork
import Runtime
import Tensor

/// A message encoder with one or several heads: each head computes a few numbers for each text.
///
/// It holds no memory, only the places of its parameters.
public struct CaptionNetwork: Sendable {
  public let parameters: ParameterLayout
  let encoder: MessageEncoder
  let heads: [CaptionHead]

  /// Number of outputs of each head for a text.
  public var outputs: Int { heads[0].outputs }

  private init(hidden: [Int], outputs: Int, heads: Int, dropout: Float, initial: InitialValues) {
    precondition(heads > 0, "a network of \(heads) heads")
    var layout = ParameterLayout()
    encoder = MessageEncoder(dense: initial, in: &layout)
    self.heads = (1...heads).map {
      CaptionHead(
        heads == 1 ? "head" : "heads.\($0)", inputs: MessageEncoder.outputSize, hidden: hidden, outputs: outputs,
        dropout: dropout, initial: initial, in: &layout)
    }
    parameters = layout
  }

  /// ONI's classifier: 128 -> 512 -> 512 -> dropout 0.1 -> 2 logits, "not helpful" and "helpful". All layers have
  /// PyTorch's default initialisation. 471,554 parameters.
  public static var classifier: CaptionNetwork { classifier(heads: 1) }

  /// ONI's classifier with several heads, each with its own weights.
  static func classifier(heads: Int) -> CaptionNetwork {
    CaptionNetwork(hidden: [512, 512], outputs: 2, heads: heads, dropout: 0.1, initial: .uniform)
  }

  /// ONI's ranking model: 128 -> 256 -> 512 -> 1 reward. Dense layers have orthogonal weights and zero biases at first.
  /// 306,945 parameters.
  public static var ranking: CaptionNetwork { ranking(heads: 1, dropout: 0) }

  /// ONI's ranking model with several heads, each with its own weights, and with dropout.
  static func ranking(heads: Int, dropout: Float) -> CaptionNetwork {
    CaptionNetwork(hidden: [256, 512], outputs: 1, heads: heads, dropout: dropout, initial: .orthogonal())
  }

  /// Writes the initial parameters of a run.
  public func initialise(_ buffer: FloatBuffer, generator: inout RandomGenerator) {
    parameters.initialise(buffer.pointer, generator: &generator)
  }

  /// Memory for `prepare`.
  public func makePrepared() -> FloatBuffer { FloatBuffer(count: parameters.preparedCount) }

  /// Derives the packed matrices and tables that passes read, once for each version of the parameters.
  /// - Parameter forTraining: whether `backward` will be called too.
  /// - Returns: a view of both buffers, valid while they live and do not change.
  public func prepare(_ buffer: FloatBuffer, into prepared: FloatBuffer, forTraining: Bool) -> Weights {
    encoder.prepare(buffer.pointer, into: prepared.pointer, forTraining: forTraining)
    for head in heads { head.prepare(buffer.pointer, into: prepared.pointer, forTraining: forTraining) }
    return Weights(parameters: buffer.pointer, prepared: prepared.pointer)
  }

  /// Computes the outputs of all heads for a batch of texts.
  /// - Parameter generator: draws the units that dropout removes; nil turns dropout off.
  /// - Returns: the outputs of the first head, [batch.count, outputs], valid until the next pass with this workspace.
  @discardableResult
  public func forward(
    _ batch: TextBatch, weights: Weights, workspace: CaptionWorkspace, generator: inout RandomGenerator?
  ) -> Matrix {
    encoder.forward(batch, weights: weights, workspace: workspace.encoder)
    passHeads(batch, weights: weights, workspace: workspace, generator: &generator)
    return headOutputs(batch, workspace)
  }

  /// Computes the heads again for the batch of the latest forward pass, with other dropped units.
  func passHeads(
    _ batch: TextBatch, weights: Weights, workspace: CaptionWorkspace, generator: inout RandomGenerator?
  ) {
    let features = encoder.features(workspace.encoder.features, batch.count).view
    for (head, workspace) in zip(heads, workspace.heads) {
      head.forward(features, weights: weights, workspace: workspace, generator: &generator)
    }
  }

  /// The outputs of a head in the latest pass, [batch.count, outputs].
  func headOutputs(_ batch: TextBatch, _ workspace: CaptionWorkspace, head: Int = 0) -> Matrix {
    workspace.heads[head].activations(of: heads[head].layers.count - 1, rows: batch.count, columns: outputs).view
  }

  /// Computes the outputs of all heads without dropout.
  @discardableResult
  public func forward(_ batch: TextBatch, weights: Weights, workspace: CaptionWorkspace) -> Matrix {
    var none: RandomGenerator?
    return forward(batch, weights: weights, workspace: workspace, generator: &none)
  }

  /// The memory for d loss / d outputs [batch.count, outputs] of a head. The caller fills it before `backward`.
  public func outputGradients(_ batch: TextBatch, _ workspace: CaptionWorkspace, head: Int = 0) -> MutableMatrix {
    workspace.heads[head].gradients(of: heads[head].layers.count - 1, rows: batch.count, columns: outputs)
  }

  /// Adds d loss / d parameters for the batch of the latest forward pass to `gradients`, which are complete after
  /// `finishBackward`.
  public func backward(
    _ batch: TextBatch, weights: Weights, gradients: FloatBuffer, workspace: CaptionWorkspace
  ) {
    let messages = workspace.encoder
    let features = encoder.features(messages.features, batch.count).view
    let sum = encoder.features(messages.featureGradients, batch.count)
    for (index, head) in heads.enumerated() {
      let own = index == 0 ? sum : encoder.features(workspace.featureGradients, batch.count)
      head.backward(
        features, featureGradients: own, weights: weights, gradients: gradients.pointer,
        workspace: workspace.heads[index])
      if index > 0 { Rows.add(own.pointer, to: sum.pointer, count: own.rows * own.columns) }
    }
    encoder.backward(batch, weights: weights, gradients: gradients.pointer, workspace: messages)
  }

  /// Completes the gradients of all batches since the last call.
  public func finishBackward(weights: Weights, gradients: FloatBuffer, workspace: CaptionWorkspace) {
    encoder.finishBackward(weights: weights, gradients: gradients.pointer, workspace: workspace.encoder)
  }
}

/// The memory of a pass through a `CaptionNetwork`. Used by one thread at a time.
public final class CaptionWorkspace {
  let encoder: MessageWorkspace
  let heads: [CaptionHeadWorkspace]
  /// d loss / d features of one head; empty for networks of one head.
  let featureGradients: FloatBuffer

  public init(_ network: CaptionNetwork, maximumTexts: Int) {
    encoder = MessageWorkspace(network.encoder, maximumTexts: maximumTexts)
    heads = network.heads.map { CaptionHeadWorkspace($0, maximumRows: maximumTexts) }
    featureGradients = FloatBuffer(count: heads.count > 1 ? maximumTexts * MessageEncoder.outputSize : 0)
  }
}
