import NeuralNetwork
import Runtime
import Tensor
import Trajectories

/// The actor-critic network: observation encoder, recurrent cell, policy head and value heads.
///
/// A network holds no parameters, only the place of each in a flat vector, so that one network serves any number of
/// parameter versions and threads. The same parameters and inputs in the same shapes give the same bits.
public struct PolicyNetwork: Sendable {
  public let description: NetworkDescription
  /// The layout of the flat parameter vector. Gradients have the same layout.
  public let parameters: ParameterLayout
  /// Floats of recurrent state for each environment: GRU and minGRU H, LSTM 2 H, none 0.
  public let stateSize: Int
  /// The distribution that the network's outputs describe; P of them for each observation.
  public let actions: ActionHead
  public let valueHeads: Int

  /// The numeric fields if the network standardises them by their running moments; else nil.
  let standardisedFields: NumericFields?

  /// nil if all actions are always legal.
  private let mask: ActionMask?
  private let maskField: ObservationField?
  private let encoder: any ObservationEncoder
  private let recurrent: any RecurrentCell
  private let policy: Linear
  /// nil if the policy's last layer computes the logits.
  private let pointers: PointerHead?
  /// nil if the probabilities of choices have no floor.
  let floor: ChoiceFloor?
  let value: Linear
  /// nil if the value heads compute values themselves.
  let valueScale: ValueScale?

  /// - Throws: `PolicyNetworkError` naming the field or size that does not work.
  public init(
    _ description: NetworkDescription, observation: ObservationLayout, actions space: ActionSpace, valueHeads: Int
  ) throws {
    if let problem = space.problem { throw PolicyNetworkError("the space of actions \(problem)") }
    let sizes = [
      "embedding size": description.sizes.embedding, "text size": description.sizes.text,
      "hidden size": description.sizes.hidden, "recurrent size": description.sizes.recurrent,
      "number of value heads": valueHeads,
    ]
    for (name, size) in sizes.sorted(by: { $0.key < $1.key }) where size < 1 {
      throw PolicyNetworkError("the \(name) must be positive, not \(size)")
    }
    var builder = EncoderBuilder(
      observation, standardisesNumbers: description.normalisesObservations, trigramSize: description.trigramSize)
    encoder = try description.entry.makeEncoder(&builder, description.sizes)
    standardisedFields = builder.standardisedFields
    var layout = builder.layout
    guard description.trigramSize == 0 || layout.slices.contains(where: { $0.name.hasSuffix(TrigramField.suffix) })
    else {
      throw PolicyNetworkError("the \(description.entry.name) network reads no text here, so it has no trigrams either")
    }
    let (inputSize, size) = (encoder.outputSize, description.sizes.recurrent)
    recurrent =
      switch description.recurrent {
      case .gru: GRU("recurrent", inputSize: inputSize, hiddenSize: size, in: &layout)
      case .lstm: LSTM("recurrent", inputSize: inputSize, hiddenSize: size, in: &layout)
      case .minGRU: MinGRU("recurrent", inputSize: inputSize, hiddenSize: size, in: &layout)
      case .none: FeedForward(size: inputSize)
      }
    let structure = try Self.structure(observation, space)
    pointers = try PointerHead(structure, space, observation, in: &layout)
    policy = Linear(
      "policy", inputs: recurrent.hiddenSize, outputs: pointers?.outputCount ?? space.parameterCount,
      initial: .orthogonal(gain: description.policyGain),
      in: &layout)
    value = Linear("value", inputs: recurrent.hiddenSize, outputs: valueHeads, in: &layout)
    valueScale = description.normalisesValues ? ValueScale(heads: valueHeads, in: &layout) : nil
    floor = try ChoiceFloor(description.choiceFloor, space, in: &layout)
    self.description = description
    actions = ActionHead(space, structure)
    mask = try ActionMask(observation, space)
    maskField = observation.fields.first { $0.encoding.isMask }
    self.valueHeads = valueHeads
    parameters = layout
    stateSize = recurrent.stateSize
  }

  /// How the factors depend on each other; nil if they do not.
  private static func structure(
    _ observation: ObservationLayout, _ space: ActionSpace
  ) throws -> ActionStructure? {
    for field in observation.fields {
      guard case .structuredMask(let structure) = field.encoding else { continue }
      if let problem = structure.problem(space.counts) {
        throw PolicyNetworkError("\(field.name): the structure of actions \(problem)")
      }
      return structure
    }
    return nil
  }

  /// What the network computes, as data; nil if an encoder of another program computes something that no blueprint
  /// describes.
  public var blueprint: NetworkBlueprint? {
    guard let encoder = encoder.blueprint else { return nil }
    let cell: NetworkBlueprint.Cell =
      switch recurrent {
      case let cell as GRU: .gru(cell)
      case let cell as LSTM: .lstm(cell)
      case let cell as MinGRU: .minGRU(cell)
      default: .none
      }
    return NetworkBlueprint(
      encoder: encoder, cell: cell, space: actions.space, mask: maskField, structure: actions.structure,
      policy: .init(policy), pointers: pointers?.blueprint, floor: floor?.slice, value: .init(value),
      valueScale: valueScale.map {
        .init(mean: $0.mean, variance: $0.variance, minimumDeviation: ValueScale.minimumDeviation)
      })
  }

  /// Writes the initial parameters of a run: Gaussian embeddings, and either orthogonal weights of gain 1 (the policy
  /// head has its own gain) with zero biases (1 for the LSTM's forget gate), or uniform weights and biases.
  public func initialise(_ parameters: FloatBuffer, generator: inout RandomGenerator) {
    precondition(parameters.count == self.parameters.count, "the network has \(self.parameters.count) parameters")
    self.parameters.initialise(
      parameters.pointer, uniformly: description.initialisation == .uniform, generator: &generator)
  }

  /// Multiply-adds of one observation's forward pass. A backward pass takes about twice as many.
  public var multiplyAdds: Int {
    encoder.multiplyAdds + recurrent.multiplyAdds + policy.multiplyAdds + value.multiplyAdds
  }

  /// H: numbers that the policy's and the value's last layer read, for each observation.
  public var featureCount: Int { recurrent.hiddenSize }

  /// Memory for what layers derive from one version of the parameters: `prepare` fills it.
  public func makePrepared() -> FloatBuffer { FloatBuffer(count: parameters.preparedCount) }

  /// Derives the packed matrices and tables that passes read from a version of the parameters. `parameters` and
  /// `prepared` must outlive the passes.
  /// - Parameters:
  ///   - prepared: memory from `makePrepared`, overwritten.
  ///   - forTraining: whether `backward` will be called too.
  public func prepare(
    _ parameters: UnsafePointer<Float>, into prepared: FloatBuffer, forTraining: Bool
  ) -> Weights {
    encoder.prepare(parameters, into: prepared.pointer, forTraining: forTraining)
    recurrent.prepare(parameters, into: prepared.pointer, forTraining: forTraining)
    policy.prepare(parameters, into: prepared.pointer, forTraining: forTraining)
    value.prepare(parameters, into: prepared.pointer, forTraining: forTraining)
    valueScale?.prepare(parameters, into: prepared.pointer)
    return Weights(parameters: parameters, prepared: prepared.pointer)
  }

  /// All memory for calls of up to `maximumSteps` steps of up to `maximumBatch` rows. Calls allocate nothing.
  public func makeWorkspace(maximumSteps: Int, maximumBatch: Int) -> PolicyWorkspace {
    PolicyWorkspace(
      maximumSteps: maximumSteps, maximumBatch: maximumBatch, encoder: encoder, recurrent: recurrent,
      outputCount: actions.parameterCount, queryCount: pointers?.outputCount ?? (floor == nil ? 0 : policy.outputs),
      valueHeads: valueHeads)
  }

  /// Runs one step of `batch` observations.
  ///
  /// - Parameters:
  ///   - rows: `batch` pointers to rows of the observation layout.
  ///   - state: [batch, stateSize], updated in place.
  ///   - workspace: receives outputs [batch, P] of the policy and values [batch, V].
  public func infer(
    rows: UnsafePointer<UnsafeRawPointer>, batch: Int, state: UnsafeMutablePointer<Float>,
    weights: Weights, workspace: PolicyWorkspace
  ) {
    run(
      rows: rows, steps: 1, batch: batch, initialState: state, resets: nil, weights: weights,
      workspace: workspace)
    state.update(from: workspace.recurrent.state(atStep: 1, batch: batch), count: batch * stateSize)
  }

  /// Runs an unroll of observations.
  ///
  /// - Parameters:
  ///   - rows: [steps, batch] pointers to rows of the observation layout.
  ///   - initialState: [batch, stateSize].
  ///   - resets: [steps, batch], 1 = the recurrent state is set to zero before that step.
  ///   - workspace: receives outputs [steps, batch, P] of the policy, values [steps, batch, V] and the activations for `backward`.
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
    let outputs = pointers == nil ? workspace.logits : workspace.queries.pointer
    policy.forward(
      hidden, into: MutableMatrix(outputs, rows: count, columns: policy.outputs), weights: weights)
    pointers?.forward(
      rows, count: count, outputs: outputs, into: workspace.logits, weights: weights,
      scratch: workspace.pointerScratch.pointer)
    mask?.apply(rows, count: count, to: workspace.logits)
    floor?.apply(to: workspace.logits, rows: count, stride: actions.parameterCount, weights: weights)
    value.forward(hidden, into: MutableMatrix(workspace.values, rows: count, columns: valueHeads), weights: weights)
    valueScale?.apply(to: workspace.values, count: count, weights)
    workspace.latestShape = (steps, batch)
  }

  /// Adds the gradient of a loss to `gradients`, by backpropagation through time truncated at the first step.
  ///
  /// Rows, shapes, state, resets and parameters must be those of the preceding `forward` in this workspace. Call it at
  /// most once for each `forward`.
  /// - Parameters:
  ///   - logitGradients: d loss / d outputs [steps, batch, P] of the policy.
  ///   - valueGradients: d loss / d outputs of the value heads [steps, batch, V]: values, or x of `ValueScale`.
  ///   - gradients: vector with the layout of `parameters`; the gradient is added to it.
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
    pointers?.backward(
      rows, count: count, outputs: workspace.queries.pointer, logitGradients: logitGradients,
      outputGradients: workspace.queryGradients.pointer, weights: weights, gradients: gradients,
      scratch: workspace.pointerScratch.pointer)
    if let floor {
      let slopes = workspace.queryGradients.pointer
      if pointers == nil { slopes.update(from: logitGradients, count: count * policy.outputs) }
      // The first factor has the first columns, whether or not others are pointers.
      floor.backward(
        slopes, rows: count, stride: policy.outputs, logits: workspace.logits, parameterCount: actions.parameterCount,
        weights: weights)
    }
    let ownsSlopes = pointers != nil || floor != nil
    policy.backward(
      hidden,
      sumGradients: Matrix(
        ownsSlopes ? UnsafePointer(workspace.queryGradients.pointer) : logitGradients, rows: count,
        columns: policy.outputs),
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

/// The memory and the results of a policy network's passes of up to `maximumSteps` steps of up to `maximumBatch` rows.
/// Used by one thread at a time; parameters are not part of it and may be shared between threads.
public final class PolicyWorkspace {
  public let maximumSteps: Int
  public let maximumBatch: Int
  /// [steps, batch, P] outputs of the policy in the latest `infer` (one step) or `forward`. The pointer is valid while the workspace
  /// lives.
  public let logits: UnsafeMutablePointer<Float>
  /// [steps, batch, V] values of the same pass.
  public let values: UnsafeMutablePointer<Float>

  let encoder: AnyObject
  /// [N, encoded size] outputs of the encoder, and their gradients.
  let encoded, encodedGradients: FloatBuffer
  let recurrent: RecurrentWorkspace
  /// [N, H] gradients of the recurrent layer's outputs.
  let recurrentGradients: FloatBuffer
  /// [N, Q] outputs of the policy's last layer and their gradients, if a `PointerHead` or a `ChoiceFloor` turns them into logits.
  let queries, queryGradients: FloatBuffer
  let pointerScratch: FloatBuffer
  /// Shape of the latest forward pass, which a backward pass must repeat.
  var latestShape = (steps: 0, batch: 0)

  /// Number of observations that go through the encoder together: few enough that the output of one layer is still in
  /// the cache when the next layer reads it.
  private static let chunk = 64

  private let logitStorage: FloatBuffer
  private let valueStorage: FloatBuffer

  init(
    maximumSteps: Int, maximumBatch: Int, encoder: any ObservationEncoder, recurrent: any RecurrentCell,
    outputCount: Int, queryCount: Int, valueHeads: Int
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
    queries = FloatBuffer(count: rows * queryCount)
    queryGradients = FloatBuffer(count: rows * queryCount)
    pointerScratch = FloatBuffer(count: queryCount > 0 ? PointerHead.scratchCount : 0)
    logitStorage = FloatBuffer(count: rows * outputCount)
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
