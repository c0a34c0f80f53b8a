import Environments
import NeuralNetwork
import Tensor

/// The actor-critic network: observation encoder, recurrent cell, policy head and value heads.
///
/// It holds no parameters, only where each lies in a flat vector, so that one network serves any number of parameter
/// versions and threads. The same parameters and inputs in the same shapes give the same bits.
public struct PolicyNetwork: Sendable {
  public let description: NetworkDescription
  /// The flat vector all calls read, and whose layout gradients share.
  public let parameters: ParameterLayout
  /// Floats of recurrent state for each environment: GRU H, LSTM 2 H.
  public let stateSize: Int
  public let actionCount: Int
  public let valueHeads: Int

  private let encoder: ObservationEncoder
  private let recurrent: any RecurrentCell
  private let policy: Linear
  private let value: Linear

  /// - Throws: `PolicyNetworkError` naming the field or size that does not work.
  public init(
    _ description: NetworkDescription, observation: ObservationLayout, actionCount: Int, valueHeads: Int
  ) throws {
    let sizes = [
      "embedding size": description.embeddingSize, "text size": description.textSize,
      "hidden size": description.hiddenSize, "recurrent size": description.recurrentSize,
      "number of actions": actionCount, "number of value heads": valueHeads,
    ]
    for (name, size) in sizes.sorted(by: { $0.key < $1.key }) where size < 1 {
      throw PolicyNetworkError("the \(name) must be positive, not \(size)")
    }
    var layout = ParameterLayout()
    encoder = try ObservationEncoder(observation, description: description, in: &layout)
    let size = description.recurrentSize
    recurrent =
      switch description.recurrent {
      case .gru: GRU("recurrent", inputSize: encoder.outputSize, hiddenSize: size, in: &layout)
      case .lstm: LSTM("recurrent", inputSize: encoder.outputSize, hiddenSize: size, in: &layout)
      }
    policy = Linear("policy", inputs: size, outputs: actionCount, in: &layout)
    value = Linear("value", inputs: size, outputs: valueHeads, in: &layout)
    self.description = description
    self.actionCount = actionCount
    self.valueHeads = valueHeads
    parameters = layout
    stateSize = recurrent.stateSize
  }

  /// Orthogonal weights of gain 1, Gaussian embeddings, zero biases (1 for the LSTM's forget gate). The policy head has
  /// gain 0.01, so that a run begins with a nearly uniform policy (Andrychowicz et al. 2021, section 3.2).
  public func initialise(_ parameters: FloatBuffer, generator: inout RandomGenerator) {
    precondition(parameters.count == self.parameters.count, "the network has \(self.parameters.count) parameters")
    encoder.initialise(parameters.pointer, generator: &generator)
    recurrent.initialise(parameters.pointer, generator: &generator)
    policy.initialise(parameters.pointer, gain: 0.01, generator: &generator)
    value.initialise(parameters.pointer, gain: 1, generator: &generator)
  }

  /// All memory for calls of up to `maximumSteps` steps of up to `maximumBatch` rows; nothing else is allocated later.
  public func makeWorkspace(maximumSteps: Int, maximumBatch: Int) -> PolicyWorkspace {
    PolicyWorkspace(
      maximumSteps: maximumSteps, maximumBatch: maximumBatch, encoder: encoder, recurrent: recurrent,
      actionCount: actionCount, valueHeads: valueHeads)
  }

  /// One step of `batch` observations.
  ///
  /// - Parameters:
  ///   - rows: `batch` pointers to rows of the observation layout.
  ///   - state: [batch, stateSize], updated in place.
  ///   - workspace: receives logits [batch, A] and values [batch, V].
  public func infer(
    rows: UnsafePointer<UnsafeRawPointer>, batch: Int, state: UnsafeMutablePointer<Float>,
    parameters: UnsafePointer<Float>, workspace: PolicyWorkspace
  ) {
    run(
      rows: rows, steps: 1, batch: batch, initialState: state, resets: nil, parameters: parameters,
      workspace: workspace)
    state.update(from: workspace.recurrent.state(atStep: 1, batch: batch), count: batch * stateSize)
  }

  /// An unroll of observations.
  ///
  /// - Parameters:
  ///   - rows: [steps, batch] pointers to rows of the observation layout.
  ///   - initialState: [batch, stateSize].
  ///   - resets: [steps, batch], 1 = the recurrent state is zeroed before that step.
  ///   - workspace: receives logits [steps, batch, A] and values [steps, batch, V], and what `backward` needs.
  public func forward(
    rows: UnsafePointer<UnsafeRawPointer>, steps: Int, batch: Int, initialState: UnsafePointer<Float>,
    resets: UnsafePointer<UInt8>, parameters: UnsafePointer<Float>, workspace: PolicyWorkspace
  ) {
    run(
      rows: rows, steps: steps, batch: batch, initialState: initialState, resets: resets, parameters: parameters,
      workspace: workspace)
  }

  private func run(
    rows: UnsafePointer<UnsafeRawPointer>, steps: Int, batch: Int, initialState: UnsafePointer<Float>,
    resets: UnsafePointer<UInt8>?, parameters: UnsafePointer<Float>, workspace: PolicyWorkspace
  ) {
    precondition(
      steps > 0 && steps <= workspace.maximumSteps && batch > 0 && batch <= workspace.maximumBatch,
      "\(steps) steps of \(batch) rows do not fit the workspace")
    let count = steps * batch
    encoder.forward(rows, count: count, parameters: parameters, workspace: workspace.encoder)
    recurrent.forward(
      Matrix(workspace.encoder.outputs.pointer, rows: count, columns: encoder.outputSize), steps: steps, batch: batch,
      initialState: initialState, resets: resets, parameters: parameters, workspace: workspace.recurrent)
    let hidden = Matrix(workspace.recurrent.outputs.pointer, rows: count, columns: recurrent.hiddenSize)
    policy.forward(
      hidden, into: MutableMatrix(workspace.logits, rows: count, columns: actionCount), parameters: parameters)
    value.forward(
      hidden, into: MutableMatrix(workspace.values, rows: count, columns: valueHeads), parameters: parameters)
    workspace.latestShape = (steps, batch)
  }

  /// Adds the gradient of a loss to `gradients`, by backpropagation through time truncated at the first step.
  ///
  /// Rows, shapes, state, resets and parameters must be those of the preceding `forward` in this workspace; one
  /// `backward` for each `forward`.
  /// - Parameters:
  ///   - logitGradients: d loss / d logits [steps, batch, A].
  ///   - valueGradients: d loss / d values [steps, batch, V].
  ///   - gradients: the layout of `parameters`.
  public func backward(
    rows: UnsafePointer<UnsafeRawPointer>, steps: Int, batch: Int, initialState: UnsafePointer<Float>,
    resets: UnsafePointer<UInt8>, logitGradients: UnsafePointer<Float>, valueGradients: UnsafePointer<Float>,
    parameters: UnsafePointer<Float>, gradients: UnsafeMutablePointer<Float>, workspace: PolicyWorkspace
  ) {
    precondition(workspace.latestShape == (steps, batch), "backward must follow a forward pass of the same shape")
    let count = steps * batch
    let hidden = Matrix(workspace.recurrent.outputs.pointer, rows: count, columns: recurrent.hiddenSize)
    let hiddenGradients = MutableMatrix(
      workspace.recurrentGradients.pointer, rows: count, columns: recurrent.hiddenSize)
    policy.backward(
      hidden, outputGradients: Matrix(logitGradients, rows: count, columns: actionCount),
      inputGradients: hiddenGradients, parameters: parameters, gradients: gradients)
    value.backward(
      hidden, outputGradients: Matrix(valueGradients, rows: count, columns: valueHeads),
      inputGradients: hiddenGradients, accumulate: true, parameters: parameters, gradients: gradients)
    let encoded = workspace.encoder
    recurrent.backward(
      Matrix(encoded.outputs.pointer, rows: count, columns: encoder.outputSize), steps: steps, batch: batch,
      resets: resets, outputGradients: hiddenGradients.view,
      inputGradients: MutableMatrix(encoded.outputGradients.pointer, rows: count, columns: encoder.outputSize),
      parameters: parameters, gradients: gradients, workspace: workspace.recurrent)
    encoder.backward(rows, count: count, parameters: parameters, gradients: gradients, workspace: encoded)
    workspace.latestShape = (0, 0)
  }
}
