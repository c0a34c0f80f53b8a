import Runtime
import Tensor

/// A recurrent layer run over time. Rows are time-major: row t * batch + b.
public protocol RecurrentCell: Sendable {
  var inputSize: Int { get }
  var hiddenSize: Int { get }
  /// Floats carried from one step to the next; the first `hiddenSize` of them are the output.
  var stateSize: Int { get }
  /// Gates of `hiddenSize` floats each.
  var gateCount: Int { get }
  /// Multiplications with additions that the forward pass of one row takes, those of the gates apart.
  var multiplyAdds: Int { get }

  /// Orthogonal weights for each gate.
  func initialise(_ parameters: UnsafeMutablePointer<Float>, generator: inout RandomGenerator)

  /// Fills the cell's part of `prepared` from `parameters`, as `Layer.prepare` does.
  func prepare(
    _ parameters: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>, forTraining: Bool)

  /// Leaves the outputs [steps, batch, hidden] and the state after the last step in the workspace.
  /// - Parameters:
  ///   - inputs: [steps * batch, inputSize].
  ///   - initialState: [batch, stateSize].
  ///   - resets: [steps, batch], 1 = the state is zeroed before that step; nil for never.
  func forward(
    _ inputs: Matrix, steps: Int, batch: Int, initialState: UnsafePointer<Float>, resets: UnsafePointer<UInt8>?,
    weights: Weights, workspace: RecurrentWorkspace)

  /// Backpropagation through time, truncated at the first step. Uses what `forward` with the same arguments left in
  /// the workspace, once.
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

  /// Initialises each gate's block of an [inputs, gateCount * hiddenSize] weight by itself.
  func initialiseGates(
    of weight: ParameterSlice, _ parameters: UnsafeMutablePointer<Float>, generator: inout RandomGenerator
  ) {
    let matrix: MutableMatrix = weight.matrix(in: parameters)
    for gate in 0..<gateCount {
      let block = matrix.columns(gate * hiddenSize..<(gate + 1) * hiddenSize)
      Initialisation.orthogonal(block, gain: 1, generator: &generator)
    }
  }
}
