import NeuralNetwork
import Tensor
import Trajectories

/// What a policy's last layer reads for each observation of an unroll, with parameters of the caller's choice: the outputs of
/// the recurrent layer, or of the encoder where there is none. Used by one thread at a time.
public final class PolicyFeatures {
  private let network: PolicyNetwork
  private let steps: Int
  private let columns: Int
  private let prepared: FloatBuffer
  private let workspace: PolicyWorkspace
  private let rows: FixedBuffer<UnsafeRawPointer>  // [T+1, E]
  private let resets: FixedBuffer<UInt8>  // [T+1, E]
  private var weights: Weights?

  /// - Parameters:
  ///   - steps: T of the longest unroll.
  ///   - columns: E of the widest group.
  public init(_ network: PolicyNetwork, steps: Int, columns: Int) {
    self.network = network
    self.steps = steps
    self.columns = columns
    prepared = network.makePrepared()
    workspace = network.makeWorkspace(maximumSteps: steps + 1, maximumBatch: columns)
    rows = FixedBuffer(count: (steps + 1) * columns)
    resets = FixedBuffer(count: (steps + 1) * columns)
  }

  /// Takes a version of the parameters, which must outlive the next calls of `compute` and stay as they are until then.
  public func prepare(_ parameters: FloatBuffer) {
    weights = network.prepare(parameters.pointer, into: prepared, forTraining: false)
  }

  /// Computes the features of an unroll's observations, from its recurrent state on.
  /// - Returns: [(T+1) * E, H], valid until the next call; nil before the first `prepare`, and for an unroll that is larger
  ///   than announced.
  public func compute(_ unroll: Unroll) -> Matrix? {
    let (length, environments) = (unroll.unrollLength, unroll.environmentCount)
    guard let weights, length <= steps, environments <= columns else { return nil }
    let count = (length + 1) * environments
    let (observations, flags) = (UnsafeRawPointer(unroll[Step.observations]), unroll[Step.flags])
    for index in 0..<count {
      rows.pointer[index] = observations + index * unroll.shape.rowByteCount
      // The initial state is already zero where an episode begins.
      let ended = index >= environments && StepFlags(rawValue: flags[index - environments]).endsEpisode
      resets.pointer[index] = ended ? 1 : 0
    }
    network.forward(
      rows: rows.pointer, steps: length + 1, batch: environments, initialState: unroll[Step.initialState],
      resets: resets.pointer, weights: weights, workspace: workspace)
    return Matrix(workspace.recurrent.outputs.pointer, rows: count, columns: network.featureCount)
  }
}
