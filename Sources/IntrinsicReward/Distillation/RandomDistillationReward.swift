import CPlatform
import NeuralNetwork
import Tensor

/// Random network distillation (Burda et al. 2018): a step is paid the error of a predictor that learns what a random
/// network says of the observation the step led to. What was seen often is predicted well and pays little. Needs no
/// captions and no labels.
///
///     reward = mean_j (predictor(o)_j - target(o)_j)^2 / running deviation of its discounted return
///
/// Observations are standardised by their running moments and clipped to ±5. The return goes on across episodes, as in the
/// paper. A step that ended an episode has no score: the row after it belongs to the next episode.
public final class RandomDistillationReward: RewardModel {
  /// Observations computed together.
  static let maximumRows = 256
  /// The bits of a step's flags that end an episode.
  private static let endMask: UInt8 = 0b11

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
  /// [maximumRows, numbers of an observation]
  private let numbers: FloatBuffer
  private var skippedSteps = 0
  private var seconds = 0.0

  /// - Parameter reader: of the task's observations.
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
    targetWorkspace = CaptionHeadWorkspace(networks.target, maximumRows: Self.maximumRows)
    predictorWorkspace = CaptionHeadWorkspace(networks.predictor, maximumRows: Self.maximumRows)
    numbers = FloatBuffer(count: Self.maximumRows * reader.count)
    for layer in networks.target.layers { layer.initialise(target.pointer, generator: &generator) }
    for layer in networks.predictor.layers { layer.initialise(predictor.pointer, generator: &generator) }
    prepareTarget()
    preparePredictor()
  }

  public func learn(_ news: RewardNews) {}
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
    let began = tengu_thread_cpu_seconds()
    defer { seconds += tengu_thread_cpu_seconds() - began }
    scores.update(repeating: .nan, count: inputs.count)
    guard let first = inputs.observations else { return }
    let steps = (0..<inputs.count).filter { inputs.flags[$0] & Self.endMask == 0 }
    // Row t + 1 is what step t led to.
    let rows = steps.map { first + ($0 + inputs.columns) * inputs.rowByteCount }
    forEachChunk(rows) { _, batch in moments.merge(batch.view) }
    forEachChunk(rows) { start, batch in
      moments.standardise(batch)
      let errors = RandomDistillationNetworks.errors(predicted(batch), wanted(batch))
      for (index, error) in errors.enumerated() { scores[steps[start + index]] = error }
    }
    normaliser.observe(
      group: inputs.group, rewards: scores, flags: inputs.flags, endMask: 0, steps: inputs.steps,
      columns: inputs.columns)
    let divisor = normaliser.divisor
    for step in steps { scores[step] /= divisor }
    train(rows.filter { _ in generator.uniform() < options.share })
  }

  private func train(_ rows: [UnsafeRawPointer]) {
    forEachChunk(rows) { _, batch in
      moments.standardise(batch)
      let (predicted, wanted) = (predicted(batch), wanted(batch))
      let slopes = predictorWorkspace.gradients(
        of: networks.predictor.layers.count - 1, rows: batch.rows, columns: predicted.columns)
      RandomDistillationNetworks.differentiate(predicted, wanted, into: slopes)
      gradients.fill(0)
      networks.predictor.backward(
        batch.view, featureGradients: nil, weights: predictorWeights, gradients: gradients.pointer,
        workspace: predictorWorkspace)
      let norm = adam.update(
        predictor, gradients: gradients, learningRate: options.learningRate, maximumGradientNorm: 0)
      if !norm.isFinite { skippedSteps += 1 }
      preparePredictor()
    }
  }

  // MARK: Passes

  /// Calls `body` with the numbers of some rows at a time, and the place of the first.
  private func forEachChunk(_ rows: [UnsafeRawPointer], _ body: (_ start: Int, _ batch: MutableMatrix) -> Void) {
    for start in stride(from: 0, to: rows.count, by: Self.maximumRows) {
      let count = min(Self.maximumRows, rows.count - start)
      let batch = MutableMatrix(numbers.pointer, rows: count, columns: reader.count)
      for row in 0..<count { reader.read(rows[start + row], into: batch.row(row)) }
      body(start, batch)
    }
  }

  private var predictorWeights: Weights {
    Weights(parameters: predictor.pointer, prepared: predictorPrepared.pointer)
  }

  private func predicted(_ batch: MutableMatrix) -> Matrix {
    networks.predictor.forward(batch.view, weights: predictorWeights, workspace: predictorWorkspace)
  }

  private func wanted(_ batch: MutableMatrix) -> Matrix {
    let weights = Weights(parameters: target.pointer, prepared: targetPrepared.pointer)
    return networks.target.forward(batch.view, weights: weights, workspace: targetWorkspace)
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

  /// A state's buffers beside the model's own.
  private func pairs(_ state: RandomDistillationState) -> [(FloatBuffer, FloatBuffer)] {
    [
      (state.target, target), (state.predictor, predictor), (state.firstMoment, adam.firstMoment),
      (state.secondMoment, adam.secondMoment), (state.moments, moments.values),
    ]
  }
}
