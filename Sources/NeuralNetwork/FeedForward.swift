import Runtime
import Tensor

/// No memory: each step's output is its input. For observations that say everything, as CartPole's do.
public struct FeedForward: RecurrentCell {
  public let hiddenSize: Int
  public var inputSize: Int { hiddenSize }
  public var stateSize: Int { 0 }
  public var gateCount: Int { 0 }
  public var multiplyAdds: Int { 0 }

  public init(size: Int) { hiddenSize = size }

  public func initialise(_ parameters: UnsafeMutablePointer<Float>, generator: inout RandomGenerator) {}

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
