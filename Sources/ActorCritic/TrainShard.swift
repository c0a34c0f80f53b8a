import NeuralNetwork
import Statistics
import Tensor
import Trajectories

/// One shard's part of an update: its columns of the batch, and all memory for their gradient.
///
/// The shard's own thread uses it during a phase, the calling thread between phases; `ThreadTeam.run` orders
/// the two.
final class TrainShard {
  let network: PolicyNetwork
  let options: ActorCriticOptions
  let workspace: PolicyWorkspace
  /// T, steps of every unroll.
  let steps: Int
  /// B, the shard's columns of the current batch.
  private(set) var columns = 0
  /// Frames of the current batch, T * B.
  var frames: Int { steps * columns }

  // The batch, gathered.
  let rows: FixedBuffer<UnsafeRawPointer>  // [T+1, B]
  let resets: FixedBuffer<UInt8>  // [T+1, B]
  let flags: FixedBuffer<UInt8>  // [T, B]
  let actions: FixedBuffer<Int32>  // [T, B]
  let behaviourLogProbabilities: FloatBuffer  // [T, B]
  let rewards: [FloatBuffer]  // V of [T, B]
  let behaviourValues: FloatBuffer  // [T, B, V]
  let truncationValues: FloatBuffer  // [T, B, V]
  let initialState: FloatBuffer  // [B, state]
  /// The reason why the batch cannot be trained from; nil if it can.
  private(set) var refusal: TrainStepError?

  // Computed from it.
  let logProbabilities: FloatBuffer  // [T, B, A]
  let ratios: FloatBuffer  // [T, B]
  let targets: FloatBuffer  // [T, B, V]
  let advantages: FloatBuffer  // [T, B]
  /// The advantages of each head if a term combines them; empty if they are added up.
  private let headAdvantages: [FloatBuffer]  // V of [T, B]
  private(set) var headMoments: [Moments]
  let logitGradients: FloatBuffer  // [T+1, B, A]
  let valueGradients: FloatBuffer  // [T+1, B, V]
  let gradients: FloatBuffer  // [parameters]
  private(set) var advantageMoments = Moments()
  /// Moments of the targets and of target - value, one for each head.
  private(set) var targetMoments: [Moments]
  private(set) var errorMoments: [Moments]
  private(set) var sums = PPOLossSums()

  init(network: PolicyNetwork, options: ActorCriticOptions, steps: Int, maximumColumns: Int) {
    let (frames, heads) = (steps * maximumColumns, network.valueHeads)
    self.network = network
    self.options = options
    self.steps = steps
    workspace = network.makeWorkspace(maximumSteps: steps + 1, maximumBatch: maximumColumns)
    rows = FixedBuffer(count: frames + maximumColumns)
    resets = FixedBuffer(count: frames + maximumColumns)
    flags = FixedBuffer(count: frames)
    actions = FixedBuffer(count: frames)
    behaviourLogProbabilities = FloatBuffer(count: frames)
    rewards = (0..<heads).map { _ in FloatBuffer(count: frames) }
    behaviourValues = FloatBuffer(count: frames * heads)
    truncationValues = FloatBuffer(count: frames * heads)
    initialState = FloatBuffer(count: maximumColumns * network.stateSize)
    logProbabilities = FloatBuffer(count: frames * network.actionCount)
    ratios = FloatBuffer(count: frames)
    targets = FloatBuffer(count: frames * heads)
    advantages = FloatBuffer(count: frames)
    headAdvantages = options.advantageTerm == nil ? [] : (0..<heads).map { _ in FloatBuffer(count: frames) }
    headMoments = headAdvantages.map { _ in Moments() }
    logitGradients = FloatBuffer(count: (frames + maximumColumns) * network.actionCount)
    valueGradients = FloatBuffer(count: (frames + maximumColumns) * heads)
    gradients = FloatBuffer(count: network.parameters.count)
    targetMoments = Array(repeating: Moments(), count: heads)
    errorMoments = targetMoments
  }

  // MARK: Phase 1

  /// Gathers the columns `range` of the batch, which has unroll after unroll, and computes their values, V-trace
  /// targets and advantages.
  func estimate(_ batch: [TrainUnroll], columns range: Range<Int>, rowByteCount: Int, weights: Weights) {
    columns = range.count
    sums = PPOLossSums()
    advantageMoments = Moments()
    for head in headMoments.indices { headMoments[head] = Moments() }
    for head in targetMoments.indices {
      targetMoments[head] = Moments()
      errorMoments[head] = Moments()
    }
    refusal = gather(batch, range, rowByteCount: rowByteCount)
    guard columns > 0, refusal == nil else { return }
    network.forward(
      rows: rows.pointer, steps: steps + 1, batch: columns, initialState: initialState.pointer,
      resets: resets.pointer, weights: weights, workspace: workspace)
    Categorical.logSoftmax(
      workspace.logits, rows: frames, actionCount: network.actionCount, into: logProbabilities.pointer)
    for frame in 0..<frames {
      let action = Int(actions.pointer[frame])
      let logProbability = logProbabilities.pointer[frame * network.actionCount + action]
      ratios.pointer[frame] = ImportanceRatio.clamped(
        logRatio: logProbability - behaviourLogProbabilities.pointer[frame])
    }
    estimateAdvantages()
  }

  private func estimateAdvantages() {
    advantages.fill(0)
    for head in 0..<network.valueHeads {
      // `estimate` adds to this buffer.
      let sum = headAdvantages.isEmpty ? advantages : headAdvantages[head]
      if !headAdvantages.isEmpty { sum.fill(0) }
      let trace = VTrace(
        discount: options.discount(ofHead: head), rhoClip: options.rhoClip, cClip: options.cClip)
      trace.estimate(
        VTrace.Inputs(
          steps: steps, columns: columns, valueStride: network.valueHeads, rewards: rewards[head].pointer,
          flags: flags.pointer, ratios: ratios.pointer, values: workspace.values + head,
          truncationValues: truncationValues.pointer + head),
        targets: targets.pointer + head, advantages: sum.pointer)
      let (stride, targets, values) = (network.valueHeads, targets.pointer + head, workspace.values + head)
      targetMoments[head] = Moments(count: frames) { Double(targets[$0 * stride]) }
      errorMoments[head] = Moments(count: frames) { Double(targets[$0 * stride]) - Double(values[$0 * stride]) }
    }
    for (head, advantages) in headAdvantages.enumerated() {
      headMoments[head] = Moments(count: frames) { Double(advantages.pointer[$0]) }
    }
    if headAdvantages.isEmpty { measureAdvantages() }
  }

  private func measureAdvantages() {
    let advantages = advantages.pointer
    advantageMoments = Moments(count: frames) { Double(advantages[$0]) }
  }

  /// Combines the heads' advantages into one, with a shift and a scale for each head.
  func combine(_ coefficients: [(shift: Float, scale: Float)]) {
    guard columns > 0 else { return }
    advantages.fill(0)
    for (head, (shift, scale)) in coefficients.enumerated() {
      let (sum, part) = (advantages.pointer, headAdvantages[head].pointer)
      for frame in 0..<frames { sum[frame] += scale * (part[frame] - shift) }
    }
    measureAdvantages()
  }

  // MARK: Phase 2

  /// Computes the gradient of the shard's share of the loss, which is a mean over `meanOver` frames.
  func differentiate(
    _ loss: PPOLoss, advantageMean: Float, advantageScale: Float, meanOver: Int, weights: Weights
  ) {
    gradients.fill(0)
    guard columns > 0 else { return }
    sums = loss.evaluate(
      PPOLoss.Inputs(
        steps: steps, columns: columns, actionCount: network.actionCount, valueHeads: network.valueHeads,
        logProbabilities: logProbabilities.pointer, actions: actions.pointer,
        behaviourLogProbabilities: behaviourLogProbabilities.pointer, advantages: advantages.pointer,
        advantageMean: advantageMean, advantageScale: advantageScale, values: workspace.values,
        oldValues: behaviourValues.pointer, targets: targets.pointer, meanOver: meanOver),
      logitGradients: logitGradients.pointer, valueGradients: valueGradients.pointer)
    network.backward(
      rows: rows.pointer, steps: steps + 1, batch: columns, initialState: initialState.pointer,
      resets: resets.pointer, logitGradients: logitGradients.pointer, valueGradients: valueGradients.pointer,
      weights: weights, gradients: gradients.pointer, workspace: workspace)
  }
}

/// Memory for `count` elements of a type without references, allocated once. Its content is undefined until written.
/// Used by one thread at a time.
final class FixedBuffer<Element: BitwiseCopyable> {
  let count: Int
  let pointer: UnsafeMutablePointer<Element>

  init(count: Int) {
    self.count = count
    pointer = .allocate(capacity: max(count, 1))
  }

  deinit { pointer.deallocate() }
}
