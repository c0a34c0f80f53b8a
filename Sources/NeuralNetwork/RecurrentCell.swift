import Tensor

/// A recurrent layer run over time. Rows are time-major: row t * batch + b.
public protocol RecurrentCell: Sendable {
  var inputSize: Int { get }
  var hiddenSize: Int { get }
  /// Number of floats carried from one step to the next; the first `hiddenSize` of them are the output.
  var stateSize: Int { get }
  /// Number of gates, each of `hiddenSize` floats.
  var gateCount: Int { get }
  /// Multiply-add operations in the forward pass of one row, without those that combine the gates.
  var multiplyAdds: Int { get }

  /// Fills the cell's part of `prepared` from `parameters`, as `Layer.prepare` does.
  func prepare(
    _ parameters: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>, forTraining: Bool)

  /// Writes the outputs [steps, batch, hidden] and the states to the workspace.
  /// - Parameters:
  ///   - inputs: [steps * batch, inputSize].
  ///   - initialState: [batch, stateSize].
  ///   - resets: [steps, batch], 1 = the state is zeroed before that step; nil for no resets.
  func forward(
    _ inputs: Matrix, steps: Int, batch: Int, initialState: UnsafePointer<Float>, resets: UnsafePointer<UInt8>?,
    weights: Weights, workspace: RecurrentWorkspace)

  /// Backpropagation through time, truncated at the first step. Reads the workspace that `forward` with the same arguments
  /// filled, and overwrites it.
  /// - Parameters:
  ///   - outputGradients: d loss / d outputs [steps * batch, hiddenSize].
  ///   - inputGradients: d loss / d inputs [steps * batch, inputSize], overwritten.
  func backward(
    _ inputs: Matrix, steps: Int, batch: Int, resets: UnsafePointer<UInt8>?, outputGradients: Matrix,
    inputGradients: MutableMatrix, weights: Weights, gradients: UnsafeMutablePointer<Float>,
    workspace: RecurrentWorkspace)
}

extension RecurrentCell {
  public var multiplyAdds: Int { (inputSize + hiddenSize) * gateCount * hiddenSize }

  public func prepare(
    _ parameters: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>, forTraining: Bool
  ) {}

  /// Memory for up to `maximumSteps` steps of up to `maximumBatch` rows.
  public func makeWorkspace(maximumSteps: Int, maximumBatch: Int) -> RecurrentWorkspace {
    RecurrentWorkspace(
      maximumSteps: maximumSteps, maximumBatch: maximumBatch, hiddenSize: hiddenSize, stateSize: stateSize,
      gateCount: gateCount)
  }

  /// Zeroes the rows [batch, stateSize] of `states` whose reset is set.
  @inline(__always)
  func reset(_ states: UnsafeMutablePointer<Float>, where resets: UnsafePointer<UInt8>, batch: Int) {
    for row in 0..<batch where resets[row] != 0 {
      (states + row * stateSize).update(repeating: 0, count: stateSize)
    }
  }
}

/// The memory of a recurrent cell during and between its forward and backward pass. One thread at a time uses it.
///
/// N = steps * batch, H hidden size, S state size, G gates.
public final class RecurrentWorkspace {
  public let maximumSteps: Int
  public let maximumBatch: Int

  /// [N, H]
  public let outputs: FloatBuffer
  /// [steps + 1, batch, S]: the state before each step, after its reset; then the state after the last step.
  let states: FloatBuffer
  /// [N, G H]: first the contribution of the inputs to the gates, then the activated gates.
  let gates: FloatBuffer
  /// [N, H]: in a GRU the recurrent contribution to the candidate, in an LSTM tanh of the cell.
  let auxiliary: FloatBuffer
  /// [batch, G H]: the recurrent contribution to the gates of one step.
  let recurrentGates: FloatBuffer
  /// [N, G H]: gradients of the input contribution to the gates before activation.
  let gateGradients: FloatBuffer
  /// [N, G H]: gradients of the recurrent contribution, which differ in the GRU's candidate.
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

/// A cell without memory: the output of each step is its input. For observations that contain the whole state, as in
/// CartPole.
public struct FeedForward: RecurrentCell {
  public let hiddenSize: Int
  public var inputSize: Int { hiddenSize }
  public var stateSize: Int { 0 }
  public var gateCount: Int { 0 }
  public var multiplyAdds: Int { 0 }

  public init(size: Int) { hiddenSize = size }

  public func forward(
    _ inputs: Matrix, steps: Int, batch: Int, initialState: UnsafePointer<Float>, resets: UnsafePointer<UInt8>?,
    weights: Weights, workspace: RecurrentWorkspace
  ) {
    workspace.check(steps: steps, batch: batch)
    let outputs = MutableMatrix(workspace.outputs.pointer, rows: steps * batch, columns: hiddenSize)
    for row in 0..<inputs.rows { outputs.row(row).update(from: inputs.row(row), count: hiddenSize) }
  }

  public func backward(
    _ inputs: Matrix, steps: Int, batch: Int, resets: UnsafePointer<UInt8>?, outputGradients: Matrix,
    inputGradients: MutableMatrix, weights: Weights, gradients: UnsafeMutablePointer<Float>,
    workspace: RecurrentWorkspace
  ) {
    for row in 0..<inputs.rows { inputGradients.row(row).update(from: outputGradients.row(row), count: hiddenSize) }
  }
}
