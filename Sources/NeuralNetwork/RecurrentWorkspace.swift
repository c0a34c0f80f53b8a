import Tensor

/// All memory a recurrent cell needs between and during its forward and backward pass. Used by one thread at a time.
///
/// N = steps * batch, H hidden size, S state size, G gates.
public final class RecurrentWorkspace {
  public let maximumSteps: Int
  public let maximumBatch: Int

  /// [N, H]
  public let outputs: FloatBuffer
  /// [steps + 1, batch, S]: the state before each step, after its reset; then the state after the last step.
  let states: FloatBuffer
  /// [N, G H]: first the input's part of the gates, then the activated gates.
  let gates: FloatBuffer
  /// [N, H]: GRU: the recurrent part of the candidate. LSTM: tanh of the cell.
  let auxiliary: FloatBuffer
  /// [batch, G H]: the recurrent part of one step's gates.
  let recurrentGates: FloatBuffer
  /// [N, G H]: gradients of the gates before activation, as the input's part sees them.
  let gateGradients: FloatBuffer
  /// [N, G H]: the same as the recurrent part sees them; the GRU's candidate differs.
  let recurrentGateGradients: FloatBuffer
  /// [batch, S]
  let stateGradients: FloatBuffer

  private let stateSize: Int

  init(maximumSteps: Int, maximumBatch: Int, hiddenSize: Int, stateSize: Int, gateCount: Int) {
    precondition(maximumSteps > 0 && maximumBatch > 0, "a workspace holds at least one step of one row")
    let rows = maximumSteps * maximumBatch
    self.maximumSteps = maximumSteps
    self.maximumBatch = maximumBatch
    self.stateSize = stateSize
    outputs = FloatBuffer(count: rows * hiddenSize)
    states = FloatBuffer(count: (rows + maximumBatch) * stateSize)
    gates = FloatBuffer(count: rows * gateCount * hiddenSize)
    auxiliary = FloatBuffer(count: rows * hiddenSize)
    recurrentGates = FloatBuffer(count: maximumBatch * gateCount * hiddenSize)
    gateGradients = FloatBuffer(count: rows * gateCount * hiddenSize)
    recurrentGateGradients = FloatBuffer(count: rows * gateCount * hiddenSize)
    stateGradients = FloatBuffer(count: maximumBatch * stateSize)
  }

  /// The state [batch, S] before step `step`, or after the last one when `step` is the number of steps.
  public func state(atStep step: Int, batch: Int) -> UnsafeMutablePointer<Float> {
    states.pointer + step * batch * stateSize
  }

  func check(steps: Int, batch: Int) {
    precondition(
      steps > 0 && steps <= maximumSteps && batch > 0 && batch <= maximumBatch,
      "\(steps) steps of \(batch) rows do not fit a workspace of \(maximumSteps) steps of \(maximumBatch) rows")
  }
}
