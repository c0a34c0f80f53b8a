import NeuralNetwork
import Tensor

/// All memory a policy network needs for up to `maximumSteps` steps of up to `maximumBatch` rows, and where it leaves
/// its results. Used by one thread at a time; parameters are read from elsewhere and may be shared.
public final class PolicyWorkspace {
  public let maximumSteps: Int
  public let maximumBatch: Int
  /// [steps, batch, A] of the latest `infer` (one step) or `forward`; valid as long as the workspace lives.
  public let logits: UnsafeMutablePointer<Float>
  /// [steps, batch, V], likewise.
  public let values: UnsafeMutablePointer<Float>

  let encoder: EncoderWorkspace
  let recurrent: RecurrentWorkspace
  /// [N, H]: gradients of the recurrent layer's outputs.
  let recurrentGradients: FloatBuffer
  /// Shape of the latest forward pass, which a backward pass must repeat.
  var latestShape = (steps: 0, batch: 0)

  private let logitStorage: FloatBuffer
  private let valueStorage: FloatBuffer

  init(
    maximumSteps: Int, maximumBatch: Int, encoder: ObservationEncoder, recurrent: any RecurrentCell, actionCount: Int,
    valueHeads: Int
  ) {
    precondition(maximumSteps > 0 && maximumBatch > 0, "a workspace holds at least one step of one row")
    let rows = maximumSteps * maximumBatch
    self.maximumSteps = maximumSteps
    self.maximumBatch = maximumBatch
    self.encoder = encoder.makeWorkspace(maximumRows: rows)
    self.recurrent = recurrent.makeWorkspace(maximumSteps: maximumSteps, maximumBatch: maximumBatch)
    recurrentGradients = FloatBuffer(count: rows * recurrent.hiddenSize)
    logitStorage = FloatBuffer(count: rows * actionCount)
    valueStorage = FloatBuffer(count: rows * valueHeads)
    logits = logitStorage.pointer
    values = valueStorage.pointer
  }
}
