import NeuralNetwork
import Runtime
import Tensor
import Trajectories

/// The actor-critic network: observation encoder, recurrent cell, policy head and value heads.
///
/// It holds no parameters, only where each lies in a flat vector, so that one network serves any number of parameter
/// versions and threads. The same parameters and inputs in the same shapes give the same bits.
public struct PolicyNetwork: Sendable {
  public let description: NetworkDescription
  /// The flat vector all calls read, and whose layout gradients share.
  public let parameters: ParameterLayout
  /// Floats of recurrent state for each environment: GRU H, LSTM 2 H, none 0.
  public let stateSize: Int
  public let actionCount: Int
  public let valueHeads: Int

  /// The numeric fields, if they are standardised by their running moments.
  let standardisedFields: NumericFields?

  private let encoder: any ObservationEncoder
  private let recurrent: any RecurrentCell
  private let policy: Linear
  private let value: Linear

  /// - Throws: `PolicyNetworkError` naming the field or size that does not work.
  public init(
    _ description: NetworkDescription, observation: ObservationLayout, actionCount: Int, valueHeads: Int
  ) throws {
    let sizes = [
      "embedding size": description.sizes.embedding, "text size": description.sizes.text,
      "hidden size": description.sizes.hidden, "recurrent size": description.sizes.recurrent,
      "number of actions": actionCount, "number of value heads": valueHeads,
    ]
    for (name, size) in sizes.sorted(by: { $0.key < $1.key }) where size < 1 {
      throw PolicyNetworkError("the \(name) must be positive, not \(size)")
    }
    var builder = EncoderBuilder(observation, standardisesNumbers: description.normalisesObservations)
    encoder = try description.entry.makeEncoder(&builder, description.sizes)
    standardisedFields = builder.standardisedFields
    var layout = builder.layout
    let (inputSize, size) = (encoder.outputSize, description.sizes.recurrent)
    recurrent =
      switch description.recurrent {
      case .gru: GRU("recurrent", inputSize: inputSize, hiddenSize: size, in: &layout)
      case .lstm: LSTM("recurrent", inputSize: inputSize, hiddenSize: size, in: &layout)
      case .none: FeedForward(size: inputSize)
      }
    policy = Linear(
      "policy", inputs: recurrent.hiddenSize, outputs: actionCount, gain: description.policyGain, in: &layout)
    value = Linear("value", inputs: recurrent.hiddenSize, outputs: valueHeads, in: &layout)
    self.description = description
    self.actionCount = actionCount
    self.valueHeads = valueHeads
    parameters = layout
    stateSize = recurrent.stateSize
  }

  /// Gaussian embeddings; orthogonal weights of gain 1, the policy head's of its own gain, and zero biases (1 for the
  /// LSTM's forget gate), or all of them uniform.
  public func initialise(_ parameters: FloatBuffer, generator: inout RandomGenerator) {
    precondition(parameters.count == self.parameters.count, "the network has \(self.parameters.count) parameters")
    encoder.initialise(parameters.pointer, generator: &generator)
    recurrent.initialise(parameters.pointer, generator: &generator)
    policy.initialise(parameters.pointer, generator: &generator)
    value.initialise(parameters.pointer, generator: &generator)
    guard description.initialisation == .uniform else { return }
    self.parameters.initialiseUniformly(parameters.pointer, generator: &generator)
  }

  /// Multiplications with additions of one observation's forward pass. A backward pass takes about twice as many.
  public var multiplyAdds: Int {
    encoder.multiplyAdds + recurrent.multiplyAdds + policy.multiplyAdds + value.multiplyAdds
  }

  /// Memory for what layers derive from one version of the parameters: `prepare` fills it.
  public func makePrepared() -> FloatBuffer { FloatBuffer(count: parameters.preparedCount) }

  /// Derives from a version of the parameters what passes read. Both must outlive the passes.
  /// - Parameters:
  ///   - prepared: of `makePrepared`, overwritten.
  ///   - forTraining: whether `backward` will be called too.
  public func prepare(
    _ parameters: UnsafePointer<Float>, into prepared: FloatBuffer, forTraining: Bool
  ) -> Weights {
    encoder.prepare(parameters, into: prepared.pointer, forTraining: forTraining)
    recurrent.prepare(parameters, into: prepared.pointer, forTraining: forTraining)
    policy.prepare(parameters, into: prepared.pointer, forTraining: forTraining)
    value.prepare(parameters, into: prepared.pointer, forTraining: forTraining)
    return Weights(parameters: parameters, prepared: prepared.pointer)
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
    weights: Weights, workspace: PolicyWorkspace
  ) {
    run(
      rows: rows, steps: 1, batch: batch, initialState: state, resets: nil, weights: weights,
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
    resets: UnsafePointer<UInt8>, weights: Weights, workspace: PolicyWorkspace
  ) {
    run(
      rows: rows, steps: steps, batch: batch, initialState: initialState, resets: resets, weights: weights,
      workspace: workspace)
  }

  private func run(
    rows: UnsafePointer<UnsafeRawPointer>, steps: Int, batch: Int, initialState: UnsafePointer<Float>,
    resets: UnsafePointer<UInt8>?, weights: Weights, workspace: PolicyWorkspace
  ) {
    precondition(
      steps > 0 && steps <= workspace.maximumSteps && batch > 0 && batch <= workspace.maximumBatch,
      "\(steps) steps of \(batch) rows do not fit the workspace")
    let count = steps * batch
    let encoded = MutableMatrix(workspace.encoded.pointer, rows: count, columns: encoder.outputSize)
    workspace.forEachChunk(of: count) { range in
      encoder.forward(
        rows, range, into: encoded.rows(range), weights: weights, workspace: workspace.encoder)
    }
    recurrent.forward(
      encoded.view, steps: steps, batch: batch, initialState: initialState, resets: resets, weights: weights,
      workspace: workspace.recurrent)
    let hidden = Matrix(workspace.recurrent.outputs.pointer, rows: count, columns: recurrent.hiddenSize)
    policy.forward(hidden, into: MutableMatrix(workspace.logits, rows: count, columns: actionCount), weights: weights)
    value.forward(hidden, into: MutableMatrix(workspace.values, rows: count, columns: valueHeads), weights: weights)
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
    weights: Weights, gradients: UnsafeMutablePointer<Float>, workspace: PolicyWorkspace
  ) {
    precondition(workspace.latestShape == (steps, batch), "backward must follow a forward pass of the same shape")
    let count = steps * batch
    let hidden = Matrix(workspace.recurrent.outputs.pointer, rows: count, columns: recurrent.hiddenSize)
    let hiddenGradients = MutableMatrix(
      workspace.recurrentGradients.pointer, rows: count, columns: recurrent.hiddenSize)
    policy.backward(
      hidden, sumGradients: Matrix(logitGradients, rows: count, columns: actionCount),
      inputGradients: hiddenGradients, weights: weights, gradients: gradients)
    value.backward(
      hidden, sumGradients: Matrix(valueGradients, rows: count, columns: valueHeads),
      inputGradients: hiddenGradients, accumulate: true, weights: weights, gradients: gradients)
    let encoded = Matrix(workspace.encoded.pointer, rows: count, columns: encoder.outputSize)
    let encodedGradients = MutableMatrix(
      workspace.encodedGradients.pointer, rows: count, columns: encoder.outputSize)
    recurrent.backward(
      encoded, steps: steps, batch: batch, resets: resets, outputGradients: hiddenGradients.view,
      inputGradients: encodedGradients, weights: weights, gradients: gradients, workspace: workspace.recurrent)
    workspace.forEachChunk(of: count) { range in
      encoder.backward(
        rows, range, y: encoded.rows(range), outputGradients: encodedGradients.rows(range), weights: weights,
        gradients: gradients, workspace: workspace.encoder)
    }
    encoder.finishBackward(weights: weights, gradients: gradients, workspace: workspace.encoder)
    workspace.latestShape = (0, 0)
  }
}
