import NeuralNetwork
import Tensor

/// A message encoder and a head: texts to a few numbers each.
///
/// Holds no memory, only where its parameters lie.
public struct CaptionNetwork: Sendable {
  public let parameters: ParameterLayout
  let encoder: MessageEncoder
  let head: CaptionHead
  private let isOrthogonal: Bool

  /// Numbers for each text.
  public var outputs: Int { head.outputs }

  private init(hidden: [Int], outputs: Int, dropout: Float, isOrthogonal: Bool) {
    var layout = ParameterLayout()
    encoder = MessageEncoder(in: &layout)
    head = CaptionHead(
      inputs: MessageEncoder.outputSize, hidden: hidden, outputs: outputs, dropout: dropout, in: &layout)
    parameters = layout
    self.isOrthogonal = isOrthogonal
  }

  /// ONI's classifier: 128 -> 512 -> 512 -> dropout 0.1 -> 2 logits, of "not helpful" and of "helpful". All layers begin
  /// as PyTorch's. 471,554 parameters.
  public static var classifier: CaptionNetwork {
    CaptionNetwork(hidden: [512, 512], outputs: 2, dropout: 0.1, isOrthogonal: false)
  }

  /// ONI's ranking model: 128 -> 256 -> 512 -> 1 reward. Dense layers begin orthogonal with zero bias. 306,945 parameters.
  public static var ranking: CaptionNetwork {
    CaptionNetwork(hidden: [256, 512], outputs: 1, dropout: 0, isOrthogonal: true)
  }

  /// How a run begins.
  public func initialise(_ buffer: FloatBuffer, generator: inout RandomGenerator) {
    encoder.initialise(buffer.pointer, orthogonalDense: isOrthogonal, generator: &generator)
    for layer in head.layers {
      if isOrthogonal {
        layer.initialise(buffer.pointer, generator: &generator)
      } else {
        layer.initialiseUniformly(buffer.pointer, generator: &generator)
      }
    }
  }

  /// Memory for `prepare`.
  public func makePrepared() -> FloatBuffer { FloatBuffer(count: parameters.preparedCount) }

  /// Derives from `buffer` what passes read: once for each version.
  /// - Parameter forTraining: whether `backward` will be called too.
  /// - Returns: a view of both buffers, valid while they live and do not change.
  public func prepare(_ buffer: FloatBuffer, into prepared: FloatBuffer, forTraining: Bool) -> Weights {
    encoder.prepare(buffer.pointer, into: prepared.pointer, forTraining: forTraining)
    head.prepare(buffer.pointer, into: prepared.pointer, forTraining: forTraining)
    return Weights(parameters: buffer.pointer, prepared: prepared.pointer)
  }

  /// The outputs of a batch's texts.
  /// - Parameter generator: draws the units that training leaves out; nil leaves none out.
  /// - Returns: [batch.count, outputs], valid until the next pass with this workspace.
  @discardableResult
  public func forward(
    _ batch: TextBatch, weights: Weights, workspace: CaptionWorkspace, generator: inout RandomGenerator?
  ) -> Matrix {
    encoder.forward(batch, weights: weights, workspace: workspace.encoder)
    head.forward(
      encoder.features(workspace.encoder.features, batch.count).view, weights: weights, workspace: workspace.head,
      generator: &generator)
    return workspace.head.activations(of: head.layers.count - 1, rows: batch.count, columns: outputs).view
  }

  /// The same without leaving units out.
  @discardableResult
  public func forward(_ batch: TextBatch, weights: Weights, workspace: CaptionWorkspace) -> Matrix {
    var none: RandomGenerator?
    return forward(batch, weights: weights, workspace: workspace, generator: &none)
  }

  /// Where d loss / d outputs [batch.count, outputs] belong before `backward`.
  public func outputGradients(_ batch: TextBatch, _ workspace: CaptionWorkspace) -> MutableMatrix {
    workspace.head.gradients(of: head.layers.count - 1, rows: batch.count, columns: outputs)
  }

  /// Adds d loss / d parameters of the latest forward pass's batch to `gradients`; complete after `finishBackward`.
  public func backward(
    _ batch: TextBatch, weights: Weights, gradients: FloatBuffer, workspace: CaptionWorkspace
  ) {
    let messages = workspace.encoder
    head.backward(
      encoder.features(messages.features, batch.count).view,
      featureGradients: encoder.features(messages.featureGradients, batch.count), weights: weights,
      gradients: gradients.pointer, workspace: workspace.head)
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
  let head: CaptionHeadWorkspace

  public init(_ network: CaptionNetwork, maximumTexts: Int) {
    encoder = MessageWorkspace(network.encoder, maximumTexts: maximumTexts)
    head = CaptionHeadWorkspace(network.head, maximumRows: maximumTexts)
  }
}
