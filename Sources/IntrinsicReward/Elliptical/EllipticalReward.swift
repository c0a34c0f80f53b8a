import NeuralNetwork
import Runtime
import Tensor
import Trajectories

/// Exploration via elliptical episodic bonuses, E3B (Henaff et al. 2022): the reward of a step is how much the observation that it
/// led to differs from all others of its episode. Needs no captions and no labels.
///
///     reward = fᵀ C⁻¹ f / running deviation of its discounted return,   C = ridge * I + sum of f fᵀ over the episode so far
///
/// with the features f of the observation. An inverse model trains their encoder, so that f holds what actions change and
/// not what changes by itself. Observations are standardised as in random network distillation; the policy's features are
/// taken as they are. A step that ended an episode has no score, because the row after it belongs to the next episode.
public final class EllipticalReward: RewardModel {
  /// Number of observations that are encoded together, and of pairs of a training step.
  private static let maximumRows = 256
  private static let maximumPairs = 128

  private let options: EllipticalOptions
  private let reader: ObservationReader
  /// Number of floats that the encoder reads.
  private let inputs: Int
  private let networks: InverseDynamics
  private let parameters: FloatBuffer
  private let gradients: FloatBuffer
  private let prepared: FloatBuffer
  private let adam: Adam
  private let moments: ElementMoments
  private let workspace: CaptionHeadWorkspace
  /// nil if nothing is trained.
  private let batch: InverseDynamicsBatch?
  private var episodes: EpisodeMatrixStore
  private var normaliser: ReturnNormaliser
  private var generator: RandomGenerator
  /// [(T+1) * E, inputs] and [(T+1) * E, width] for the longest unroll so far.
  private var numbers = FloatBuffer(count: 0)
  private var features = FloatBuffer(count: 0)
  private var skippedSteps = 0
  private var loss: Double?
  private var seconds = 0.0

  /// - Parameters:
  ///   - reader: reads the task's observations.
  ///   - choices: choices of each factor of an action; empty if actions are numbers, which inverse features do not support.
  ///   - policyFeatureCount: H, number of the policy's features.
  public init(_ options: EllipticalOptions, reader: ObservationReader, choices: [Int], policyFeatureCount: Int) {
    self.options = options
    self.reader = reader
    inputs = options.features == .policy ? policyFeatureCount : reader.count
    let networks = options.features.networks(inputs: inputs, width: options.width, choices: choices)
    self.networks = networks
    generator = RandomGenerator(seed: options.seed)
    parameters = FloatBuffer(count: networks.layout.count)
    gradients = FloatBuffer(count: networks.layout.count)
    prepared = FloatBuffer(count: networks.layout.preparedCount)
    adam = Adam(parameterCount: parameters.count, options: AdamOptions(epsilon: 1e-8))
    moments = ElementMoments(count: inputs)
    workspace = CaptionHeadWorkspace(networks.encoder, maximumRows: Self.maximumRows)
    batch = networks.inverse.map { InverseDynamicsBatch(networks, inverse: $0, maximumPairs: Self.maximumPairs) }
    episodes = EpisodeMatrixStore(width: options.width, ridge: options.ridge)
    normaliser = ReturnNormaliser(discount: options.discount)
    networks.layout.initialise(parameters.pointer, generator: &generator)
    prepare()
  }

  public func learn(_ update: RewardUpdate) {}
  public func score(_ caption: UInt32) -> Float? { nil }
  public var version: Int { adam.step }
  public var readsPolicyFeatures: Bool { options.features == .policy }

  public var statistics: RewardModelStatistics? {
    var statistics = RewardModelStatistics()
    statistics.version = version
    statistics.steps = adam.step + skippedSteps
    statistics.skippedSteps = skippedSteps
    statistics.loss = loss
    statistics.seconds = seconds
    return statistics
  }

  /// Scores an unroll's steps and then trains on a share of them.
  public func score(_ inputs: RewardInputs, into scores: UnsafeMutablePointer<Float>) {
    let began = CurrentThread.cpuSeconds
    defer { seconds += CurrentThread.cpuSeconds - began }
    scores.update(repeating: .nan, count: inputs.count)
    guard let numbers = read(inputs) else { return }
    let features = encode(numbers)
    let matrices = episodes.matrices(of: inputs.group, columns: inputs.columns)
    for index in 0..<inputs.count {
      let column = index % inputs.columns
      if inputs.ends(index) {
        matrices.reset(column)
      } else {
        // Row t + 1 is the observation that step t led to.
        scores[index] = matrices.visit(features.row(index + inputs.columns), column: column)
      }
    }
    normaliser.observe(
      group: inputs.group, rewards: scores, flags: inputs.flags, endMask: 0, steps: inputs.steps,
      columns: inputs.columns)
    let divisor = normaliser.divisor
    for index in 0..<inputs.count { scores[index] /= divisor }
    train(inputs, numbers)
  }

  // MARK: Features

  /// What the encoder reads for each observation, [(T+1) * E, inputs]; nil if the unroll does not have it.
  private func read(_ unroll: RewardInputs) -> Matrix? {
    if options.features == .policy {
      guard let given = unroll.policyFeatures, given.columns == inputs, given.rows == unroll.count + unroll.columns
      else { return nil }
      return given
    }
    guard unroll.rowByteCount > 0, inputs > 0 else { return nil }
    let rows = unroll.count + unroll.columns
    if numbers.count < rows * inputs { numbers = FloatBuffer(count: rows * inputs) }
    let matrix = MutableMatrix(numbers.pointer, rows: rows, columns: inputs)
    for row in 0..<rows { reader.read(unroll.observations + row * unroll.rowByteCount, into: matrix.row(row)) }
    moments.merge(matrix.view)
    moments.standardise(matrix)
    return matrix.view
  }

  /// The features of observations, valid until the next call.
  private func encode(_ numbers: Matrix) -> Matrix {
    let (rows, width) = (numbers.rows, options.width)
    if features.count < rows * width { features = FloatBuffer(count: rows * width) }
    let all = MutableMatrix(features.pointer, rows: rows, columns: width)
    for start in stride(from: 0, to: rows, by: Self.maximumRows) {
      let range = start..<min(start + Self.maximumRows, rows)
      let encoded = networks.encoder.forward(numbers.rows(range), weights: weights, workspace: workspace)
      all.row(start).update(from: encoded.pointer, count: range.count * width)
    }
    return all.view
  }

  private var weights: Weights { Weights(parameters: parameters.pointer, prepared: prepared.pointer) }

  private func prepare() {
    networks.encoder.prepare(parameters.pointer, into: prepared.pointer, forTraining: batch != nil)
    networks.inverse?.prepare(parameters.pointer, into: prepared.pointer, forTraining: true)
  }

  // MARK: Training

  /// Trains encoder and inverse model on steps that are drawn at random.
  private func train(_ inputs: RewardInputs, _ numbers: Matrix) {
    let factors = networks.choices.count
    guard let batch, inputs.unroll.shape.actionElementCount == factors else { return }
    let actions = inputs.unroll[Step.actions]
    for index in 0..<inputs.count where !inputs.ends(index) && generator.uniform() < options.share {
      batch.add(numbers.row(index), actions + index * factors, numbers.row(index + inputs.columns))
      if batch.isFull { train(batch) }
    }
    train(batch)
  }

  private func train(_ batch: InverseDynamicsBatch) {
    defer { batch.removeAll() }
    gradients.fill(0)
    guard let loss = batch.differentiate(weights: weights, gradients: gradients.pointer) else { return }
    let norm = adam.update(
      parameters, gradients: gradients, learningRate: options.learningRate, maximumGradientNorm: 0)
    if norm.isFinite { self.loss = loss } else { skippedSteps += 1 }
    prepare()
  }

  // MARK: State

  public var state: (any RewardModelState)? {
    let words = generator.state
    let state = EllipticalState(
      EllipticalState.Progress(
        features: options.features, inputs: inputs, width: options.width, choices: networks.choices,
        adamSteps: adam.step, skippedSteps: skippedSteps, observations: moments.rows, normaliser: normaliser,
        generator: [words.0, words.1, words.2, words.3]))
    for (copy, buffer) in pairs(state) { copy.copy(from: buffer) }
    return state
  }

  public var stateType: (any RewardModelState.Type)? { EllipticalState.self }

  public func restore(_ state: any RewardModelState) {
    guard let state = state as? EllipticalState else { return }
    let progress = state.progress
    guard
      progress.features == options.features, progress.inputs == inputs, progress.width == options.width,
      progress.choices == networks.choices
    else { return }
    for (copy, buffer) in pairs(state) { buffer.copy(from: copy) }
    adam.step = progress.adamSteps
    skippedSteps = progress.skippedSteps
    moments.rows = progress.observations
    normaliser = progress.normaliser
    let words = progress.generator
    if words.count == 4 { generator.state = (words[0], words[1], words[2], words[3]) }
    prepare()
  }

  /// The state's buffers, each with the model's buffer of the same content.
  private func pairs(_ state: EllipticalState) -> [(FloatBuffer, FloatBuffer)] {
    [
      (state.parameters, parameters), (state.firstMoment, adam.firstMoment),
      (state.secondMoment, adam.secondMoment), (state.moments, moments.values),
    ]
  }
}
