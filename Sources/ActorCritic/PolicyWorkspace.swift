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

  let encoder: AnyObject
  /// [N, encoded size]: the encoder's outputs, and their gradients.
  let encoded, encodedGradients: FloatBuffer
  let recurrent: RecurrentWorkspace
  /// [N, H]: gradients of the recurrent layer's outputs.
  let recurrentGradients: FloatBuffer
  /// Shape of the latest forward pass, which a backward pass must repeat.
  var latestShape = (steps: 0, batch: 0)

  /// Observations that go through the encoder together: few enough that what one layer writes is still in the cache when
  /// the next one reads it.
  private static let chunk = 64

  private let logitStorage: FloatBuffer
  private let valueStorage: FloatBuffer

  init(
    maximumSteps: Int, maximumBatch: Int, encoder: any ObservationEncoder, recurrent: any RecurrentCell,
    actionCount: Int,
    valueHeads: Int
  ) {
    precondition(maximumSteps > 0 && maximumBatch > 0, "a workspace holds at least one step of one row")
    let rows = maximumSteps * maximumBatch
    self.maximumSteps = maximumSteps
    self.maximumBatch = maximumBatch
    self.encoder = encoder.makeWorkspace(maximumRows: rows, chunk: min(rows, Self.chunk))
    encoded = FloatBuffer(count: rows * encoder.outputSize)
    encodedGradients = FloatBuffer(count: rows * encoder.outputSize)
    self.recurrent = recurrent.makeWorkspace(maximumSteps: maximumSteps, maximumBatch: maximumBatch)
    recurrentGradients = FloatBuffer(count: rows * recurrent.hiddenSize)
    logitStorage = FloatBuffer(count: rows * actionCount)
    valueStorage = FloatBuffer(count: rows * valueHeads)
    logits = logitStorage.pointer
    values = valueStorage.pointer
  }

  /// Calls `body` with the ranges in which `count` observations go through the encoder, in their order.
  @inline(__always)
  func forEachChunk(of count: Int, _ body: (Range<Int>) -> Void) {
    var start = 0
    while start < count {
      let end = min(start + Self.chunk, count)
      body(start..<end)
      start = end
    }
  }
}
