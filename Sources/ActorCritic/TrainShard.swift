import Glibc
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
  /// The network's distribution, with the shares of entropy that the options give its factors.
  private let head: ActionHead
  private let batch: ShardBatch
  private var columns: Int { batch.columns }
  private var frames: Int { batch.frames }
  /// The reason why the batch cannot be trained from; nil if it can.
  private(set) var refusal: TrainStepError?

  // Computed from it.
  let parameters: FloatBuffer  // [T, B, P] of the distribution of actions
  let ratios: FloatBuffer  // [T, B]
  let targets: FloatBuffer  // [T, B, V]
  let advantages: FloatBuffer  // [T, B]
  /// The advantages of each head if a term combines them; empty if they are added up.
  private let headAdvantages: [FloatBuffer]  // V of [T, B]
  private(set) var headMoments: [Moments]
  /// [B] clip of the policy ratio of each column.
  private let ratioClips: FixedBuffer<RatioClip>
  let outputGradients: FloatBuffer  // [T+1, B, P]
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
    head = network.actions.sharing(options.entropyShares)
    batch = ShardBatch(
      network: network, valueHeads: options.valueHeads, steps: steps, maximumColumns: maximumColumns)
    workspace = network.makeWorkspace(maximumSteps: steps + 1, maximumBatch: maximumColumns)
    parameters = FloatBuffer(count: frames * network.actions.parameterCount)
    ratios = FloatBuffer(count: frames)
    targets = FloatBuffer(count: frames * heads)
    advantages = FloatBuffer(count: frames)
    headAdvantages = options.advantageTerm == nil ? [] : (0..<heads).map { _ in FloatBuffer(count: frames) }
    ratioClips = FixedBuffer(count: maximumColumns)
    headMoments = headAdvantages.map { _ in Moments() }
    outputGradients = FloatBuffer(count: (frames + maximumColumns) * network.actions.parameterCount)
    valueGradients = FloatBuffer(count: (frames + maximumColumns) * heads)
    gradients = FloatBuffer(count: network.parameters.count)
    targetMoments = Array(repeating: Moments(), count: heads)
    errorMoments = targetMoments
  }

  // MARK: Phase 1

  /// Gathers columns of the batch, and computes their values, V-trace targets and advantages.
  func estimate(
    _ unrolls: [TrainUnroll], columns sources: ArraySlice<BatchColumn>, rowByteCount: Int, policyVersion: UInt64,
    weights: Weights
  ) {
    sums = PPOLossSums()
    advantageMoments = Moments()
    for head in headMoments.indices { headMoments[head] = Moments() }
    for head in targetMoments.indices {
      targetMoments[head] = Moments()
      errorMoments[head] = Moments()
    }
    for (column, source) in sources.enumerated() {
      let lag = unrolls[source.unroll].unroll.lag(behind: policyVersion)
      ratioClips.pointer[column] = options.lagClip.clip(options.ratioClip, lag: Float(lag))
    }
    refusal = batch.gather(unrolls, sources, rowByteCount: rowByteCount)
    guard columns > 0, refusal == nil else { return }
    network.forward(
      rows: batch.rows.pointer, steps: batch.steps + 1, batch: columns, initialState: batch.initialState.pointer,
      resets: batch.resets.pointer, weights: weights, workspace: workspace)
    network.actions.normalise(workspace.logits, rows: frames, into: parameters.pointer)
    for frame in 0..<frames {
      ratios.pointer[frame] = ImportanceRatio.clamped(
        logRatio: logProbability(frame) - batch.behaviourLogProbabilities.pointer[frame])
    }
    estimateAdvantages()
  }

  /// The log-probability of a frame's action under the target policy.
  private func logProbability(_ frame: Int) -> Float {
    network.actions.logProbability(
      parameters.pointer + frame * network.actions.parameterCount, of: batch.action(frame))
  }

  private func estimateAdvantages() {
    advantages.fill(0)
    for head in 0..<network.valueHeads {
      // `estimate` adds to this buffer.
      let sum = headAdvantages.isEmpty ? advantages : headAdvantages[head]
      if !headAdvantages.isEmpty { sum.fill(0) }
      let trace = VTrace(
        discount: options.discount(ofHead: head), rhoClip: options.rhoClip, cClip: options.cClip,
        lambda: options.lambda)
      trace.estimate(
        VTrace.Inputs(
          steps: batch.steps, columns: columns, valueStride: network.valueHeads, rewards: batch.rewards[head].pointer,
          flags: batch.flags.pointer, ratios: ratios.pointer, values: workspace.values + head,
          truncationValues: batch.truncationValues.pointer + head),
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
    if batch.hasIdleFrames {
      for frame in 0..<frames where batch.flags.pointer[frame] & StepFlags.idle.rawValue != 0 { advantages[frame] = 0 }
    }
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

  /// Sum over the frames of the estimate (r - 1) - log r of KL(behaviour, target), where r is not clamped.
  var divergence: Double {
    guard columns > 0, refusal == nil else { return 0 }
    return (0..<frames).reduce(0) { sum, frame in
      let logRatio = Double(logProbability(frame)) - Double(batch.behaviourLogProbabilities.pointer[frame])
      return sum + exp(logRatio) - 1 - logRatio
    }
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
        steps: batch.steps, columns: columns, head: head, valueHeads: network.valueHeads,
        parameters: parameters.pointer, actions: batch.action(0),
        behaviourLogProbabilities: batch.behaviourLogProbabilities.pointer, advantages: advantages.pointer,
        advantageMean: advantageMean, advantageScale: advantageScale, values: workspace.values,
        oldValues: batch.behaviourValues.pointer, targets: targets.pointer,
        valueDeviations: network.valueScale?.deviations(weights),
        ratioClips: ratioClips.pointer, idleFlags: batch.hasIdleFrames ? batch.flags.pointer : nil, meanOver: meanOver),
      outputGradients: outputGradients.pointer, valueGradients: valueGradients.pointer)
    network.backward(
      rows: batch.rows.pointer, steps: batch.steps + 1, batch: columns, initialState: batch.initialState.pointer,
      resets: batch.resets.pointer, logitGradients: outputGradients.pointer, valueGradients: valueGradients.pointer,
      weights: weights, gradients: gradients.pointer, workspace: workspace)
  }

  // MARK: Tensors that are not finite

  /// A tensor of the current batch.
  struct NamedTensor {
    let name: String
    let values: UnsafeMutablePointer<Float>
    let count: Int

    var isFinite: Bool { ElementRange.firstNotFinite(values, count: count) == nil }
  }

  /// The tensors that lead to the gradient, in the order of computation. Every shard lists the same names.
  var tensors: [NamedTensor] {
    let heads = network.valueHeads
    let rewardNames = options.valueHeads == .single ? ["rewards"] : ["extrinsic rewards", "intrinsic rewards"]
    let rewards = zip(rewardNames, batch.rewards).map { NamedTensor(name: $0, values: $1.pointer, count: frames) }
    return rewards + [
      NamedTensor(name: "behaviour log-probabilities", values: batch.behaviourLogProbabilities.pointer, count: frames),
      NamedTensor(name: "behaviour values", values: batch.behaviourValues.pointer, count: frames * heads),
      NamedTensor(name: "truncation values", values: batch.truncationValues.pointer, count: frames * heads),
      NamedTensor(name: "initial state", values: batch.initialState.pointer, count: columns * network.stateSize),
      NamedTensor(name: "logits", values: workspace.logits, count: (frames + columns) * network.actions.parameterCount),
      NamedTensor(name: "values", values: workspace.values, count: (frames + columns) * heads),
      NamedTensor(name: "V-trace targets", values: targets.pointer, count: frames * heads),
      NamedTensor(name: "advantages", values: advantages.pointer, count: frames),
      NamedTensor(
        name: "logit gradients", values: outputGradients.pointer,
        count: (frames + columns) * network.actions.parameterCount),
      NamedTensor(name: "value gradients", values: valueGradients.pointer, count: (frames + columns) * heads),
    ]
  }
}
