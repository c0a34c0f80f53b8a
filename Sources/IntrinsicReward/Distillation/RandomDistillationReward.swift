import NeuralNetwork
import Runtime
import Tensor

/// The options of random network distillation.
public struct RandomDistillationOptions: Sendable {
  /// Number of units of each layer.
  public var width = 48
  /// Share of the steps that train the predictor, above 0, at most 1.
  public var share: Float = 0.25
  /// Adam's step size.
  public var learningRate: Float = 1e-4
  /// Discount per step of the return of errors, whose deviation divides the errors.
  public var discount: Float = 0.99
  /// Seed of the networks and of the sample of steps.
  public var seed: UInt64 = 0

  public init() {}
}

/// Random network distillation (Burda et al. 2018): the reward of a step is the error of a predictor that learns the
/// output of a random network for the observation the step led to. Frequent observations are predicted well and pay
/// little. Needs no captions and no labels.
///
///     reward = mean_j (predictor(o)_j - target(o)_j)^2 / running deviation of its discounted return
///
/// Observations are standardised by their running moments and clipped to ±5. The return continues across episodes, as
/// in the paper. A step that ended an episode has no score, because the row after it belongs to the next episode.
public final class RandomDistillationReward: RewardModel {
  /// Number of observations that are computed together.
  static let maximumRows = 256

  private let options: RandomDistillationOptions
  private let reader: ObservationReader
  private let networks: RandomDistillationNetworks
  private let target: FloatBuffer
  private let predictor: FloatBuffer
  private let gradients: FloatBuffer
  private let adam: Adam
  private let moments: ElementMoments
  private var normaliser: ReturnNormaliser
  private var generator: RandomGenerator
  private let targetPrepared: FloatBuffer
  private let predictorPrepared: FloatBuffer
  private let targetWorkspace: CaptionHeadWorkspace
  private let predictorWorkspace: CaptionHeadWorkspace
  private let batch: DistillationBatch
  private var skippedSteps = 0
  private var seconds = 0.0

  /// - Parameter reader: reads the task's observations.
  public init(_ options: RandomDistillationOptions, reader: ObservationReader) {
    self.options = options
    self.reader = reader
    networks = RandomDistillationNetworks(inputs: reader.count, width: options.width)
    generator = RandomGenerator(seed: options.seed)
    target = FloatBuffer(count: networks.targetLayout.count)
    predictor = FloatBuffer(count: networks.predictorLayout.count)
    gradients = FloatBuffer(count: networks.predictorLayout.count)
    targetPrepared = FloatBuffer(count: networks.targetLayout.preparedCount)
    predictorPrepared = FloatBuffer(count: networks.predictorLayout.preparedCount)
    adam = Adam(parameterCount: predictor.count, options: AdamOptions(epsilon: 1e-8))
    moments = ElementMoments(count: reader.count)
    normaliser = ReturnNormaliser(discount: options.discount)
    batch = DistillationBatch(reader: reader, width: options.width, chunk: Self.maximumRows)
    targetWorkspace = CaptionHeadWorkspace(networks.target, maximumRows: Self.maximumRows)
    predictorWorkspace = CaptionHeadWorkspace(networks.predictor, maximumRows: Self.maximumRows)
    networks.targetLayout.initialise(target.pointer, generator: &generator)
    networks.predictorLayout.initialise(predictor.pointer, generator: &generator)
    prepareTarget()
    preparePredictor()
  }

  public func learn(_ update: RewardUpdate) {}
  public func score(_ caption: UInt32) -> Float? { nil }
  public var version: Int { adam.step }

  public var statistics: RewardModelStatistics? {
    var statistics = RewardModelStatistics()
    statistics.version = version
    statistics.steps = adam.step + skippedSteps
    statistics.skippedSteps = skippedSteps
    statistics.seconds = seconds
    return statistics
  }

  /// Scores an unroll's steps and then trains on a share of them.
  public func score(_ inputs: RewardInputs, into scores: UnsafeMutablePointer<Float>) {
    let began = CurrentThread.cpuSeconds
    defer { seconds += CurrentThread.cpuSeconds - began }
    scores.update(repeating: .nan, count: inputs.count)
    guard inputs.rowByteCount > 0 else { return }
    let steps = (0..<inputs.count).filter { !inputs.ends($0) }
    // Row t + 1 is the observation that step t led to.
    batch.read(steps.map { inputs.observations + ($0 + inputs.columns) * inputs.rowByteCount })
    moments.merge(batch.observations.view)
    moments.standardise(batch.observations)
    for range in batch.chunks {
      let wanted = wanted(range)
      let errors = RandomDistillationNetworks.errors(predicted(range), wanted)
      for (step, error) in zip(steps[range], errors) { scores[step] = error }
    }
    normaliser.observe(
      group: inputs.group, rewards: scores, flags: inputs.flags, endMask: 0, steps: inputs.steps,
      columns: inputs.columns)
    let divisor = normaliser.divisor
    for step in steps { scores[step] /= divisor }
    batch.keep { generator.uniform() < options.share }
    train()
  }

  /// Trains on the batch.
  private func train() {
    for range in batch.chunks {
      let predicted = predicted(range)
      let slopes = predictorWorkspace.gradients(
        of: networks.predictor.layers.count - 1, rows: range.count, columns: predicted.columns)
      RandomDistillationNetworks.differentiate(predicted, batch.targets.rows(range).view, into: slopes)
      gradients.fill(0)
      networks.predictor.backward(
        batch.observations.rows(range).view, featureGradients: nil, weights: predictorWeights,
        gradients: gradients.pointer, workspace: predictorWorkspace)
      let norm = adam.update(
        predictor, gradients: gradients, learningRate: options.learningRate, maximumGradientNorm: 0)
      if !norm.isFinite { skippedSteps += 1 }
      preparePredictor()
    }
  }

  // MARK: Passes

  private var predictorWeights: Weights {
    Weights(parameters: predictor.pointer, prepared: predictorPrepared.pointer)
  }

  private func predicted(_ range: Range<Int>) -> Matrix {
    networks.predictor.forward(
      batch.observations.rows(range).view, weights: predictorWeights, workspace: predictorWorkspace)
  }

  /// The outputs of the target network, which are also kept in the batch.
  private func wanted(_ range: Range<Int>) -> Matrix {
    let weights = Weights(parameters: target.pointer, prepared: targetPrepared.pointer)
    let outputs = networks.target.forward(
      batch.observations.rows(range).view, weights: weights, workspace: targetWorkspace)
    let kept = batch.targets.rows(range)
    for row in 0..<range.count { kept.row(row).update(from: outputs.row(row), count: options.width) }
    return kept.view
  }

  private func prepareTarget() {
    networks.target.prepare(target.pointer, into: targetPrepared.pointer, forTraining: false)
  }

  private func preparePredictor() {
    networks.predictor.prepare(predictor.pointer, into: predictorPrepared.pointer, forTraining: true)
  }

  // MARK: State

  public var state: (any RewardModelState)? {
    let words = generator.state
    let state = RandomDistillationState(
      RandomDistillationState.Progress(
        inputs: reader.count, width: options.width, adamSteps: adam.step, skippedSteps: skippedSteps,
        observations: moments.rows, normaliser: normaliser, generator: [words.0, words.1, words.2, words.3]))
    for (copy, buffer) in pairs(state) { copy.copy(from: buffer) }
    return state
  }

  public var stateType: (any RewardModelState.Type)? { RandomDistillationState.self }

  public func restore(_ state: any RewardModelState) {
    guard let state = state as? RandomDistillationState else { return }
    let progress = state.progress
    guard progress.inputs == reader.count, progress.width == options.width else { return }
    for (copy, buffer) in pairs(state) { buffer.copy(from: copy) }
    adam.step = progress.adamSteps
    skippedSteps = progress.skippedSteps
    moments.rows = progress.observations
    normaliser = progress.normaliser
    let words = progress.generator
    if words.count == 4 { generator.state = (words[0], words[1], words[2], words[3]) }
    prepareTarget()
    preparePredictor()
  }

  /// The state's buffers, each with the model's buffer of the same content.
  private func pairs(_ state: RandomDistillationState) -> [(FloatBuffer, FloatBuffer)] {
    [
      (state.target, target), (state.predictor, predictor), (state.firstMoment, adam.firstMoment),
      (state.secondMoment, adam.secondMoment), (state.moments, moments.values),
    ]
  }
}
