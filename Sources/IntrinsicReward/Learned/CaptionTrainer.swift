import Captions
import NeuralNetwork
import Runtime
import Tensor

/// The network of a learned reward with everything that training changes: parameters, optimiser, objectives, the
/// filter of pairs and the random stream. Used by one thread. The same calls give the same bits.
final class CaptionTrainer {
  /// Number of texts that are computed together.
  static let maximumTexts = 64

  /// The result of one training step.
  struct TrainingStep {
    /// Number of texts of the batch.
    var texts: Int
    /// Mean loss of the examples, in nats.
    var loss: Double
    /// False if the gradient was not finite and the parameters have not changed.
    var isApplied: Bool
  }

  let network: CaptionNetwork
  private let options: LearnedRewardOptions
  /// One objective for each head.
  private(set) var objectives: [any CaptionObjective]
  /// Weighs the pairs; nil if all count alike.
  private let filter: PairFilter?
  private let parameters: FloatBuffer
  private let prepared: FloatBuffer
  private let gradients: FloatBuffer
  private let adam: Adam
  private var generator: RandomGenerator
  private let workspace: CaptionWorkspace
  private var batch: TextBatch
  /// Sum of the weights of filtered pairs since the latest `takePairWeight`, and their number.
  private var pairWeightSum = 0.0
  private var weighedPairs = 0
  /// The weights that `passes` reads; nil after a training step.
  private var votingWeights: Weights?

  /// - Parameter isComplete: whether to compute all columns of every text, for comparisons.
  init(_ options: LearnedRewardOptions, isComplete: Bool) {
    batch = TextBatch(capacity: Self.maximumTexts, isComplete: isComplete)
    self.options = options
    objectives = options.makeObjectives()
    filter =
      options.method == .ranking && options.filtersUncertain ? PairFilter(options, isComplete: isComplete) : nil
    network = options.network
    parameters = FloatBuffer(count: network.parameters.count)
    gradients = FloatBuffer(count: network.parameters.count)
    prepared = network.makePrepared()
    adam = Adam(parameterCount: parameters.count, options: AdamOptions(epsilon: 1e-8))
    generator = RandomGenerator(seed: options.seed)
    workspace = CaptionWorkspace(network, maximumTexts: Self.maximumTexts)
    network.initialise(parameters, generator: &generator)
  }

  // MARK: Training

  /// Makes one update from a batch of examples.
  /// - Returns: nil if there are no examples yet.
  func step(_ captions: LabelledCaptions) -> TrainingStep? {
    let groups = objectives[0].draw(
      from: captions, count: options.batchSize, capacity: Self.maximumTexts, generator: &generator)
    let total = groups.reduce(0) { $0 + $1.count }
    guard total > 0 else { return nil }
    filter?.train(captions)
    votingWeights = nil
    let weights = network.prepare(parameters, into: prepared, forTraining: true)
    gradients.fill(0)
    let loss = groups.reduce(0) { $0 + differentiate($1, of: captions, total: total, weights) }
    network.finishBackward(weights: weights, gradients: gradients, workspace: workspace)
    let norm = adam.update(
      parameters, gradients: gradients, learningRate: options.learningRate,
      maximumGradientNorm: options.maximumGradientNorm)
    return TrainingStep(texts: groups.reduce(0) { $0 + $1.captions.count }, loss: loss, isApplied: norm.isFinite)
  }

  /// Adds the gradients of a group of examples.
  /// - Returns: the group's share of the loss.
  private func differentiate(
    _ examples: RewardExamples, of captions: LabelledCaptions, total: Int, _ weights: Weights
  ) -> Double {
    fill(examples.captions, of: captions)
    var drawing: RandomGenerator? = generator
    network.forward(batch, weights: weights, workspace: workspace, generator: &drawing)
    generator = drawing ?? generator
    var examples = examples
    if let filter { weigh(&examples, by: filter, captions) }
    let parts = network.heads.count > 1 ? bootstrapped(examples, of: captions) : [examples]
    var loss = 0.0
    for (head, own) in parts.enumerated() {
      let slopes = network.outputGradients(batch, workspace, head: head)
      slopes.pointer.update(repeating: 0, count: slopes.rows * slopes.columns)
      let outputs = network.headOutputs(batch, workspace, head: head)
      loss += objectives[head].differentiate(outputs.pointer, own, total: total, gradients: slopes.pointer)
    }
    network.backward(batch, weights: weights, gradients: gradients, workspace: workspace)
    return loss
  }

  /// The examples with the bootstrap weights of each head; the loss is the mean over the heads.
  private func bootstrapped(_ examples: RewardExamples, of captions: LabelledCaptions) -> [RewardExamples] {
    let heads = network.heads.count
    let digests = examples.captions.map { captions.digest($0) }
    let drawn =
      examples.pairs.isEmpty
      ? digests.map { HeadBootstrap.weights($0, heads: heads) }
      : examples.pairs.map {
        HeadBootstrap.weights(HeadBootstrap.digest(digests[$0.first], digests[$0.second]), heads: heads)
      }
    return (0..<heads).map { head in
      var own = examples
      own.weights = drawn.indices.map { index in
        drawn[index][head] / Float(heads) * (examples.weights.isEmpty ? 1 : examples.weights[index])
      }
      return own
    }
  }

  // MARK: Weights of pairs

  /// Weighs the pairs of a group.
  private func weigh(_ examples: inout RewardExamples, by filter: PairFilter, _ captions: LabelledCaptions) {
    examples.weigh(filter.weights(of: examples, captions))
    pairWeightSum += examples.weights.reduce(0) { $0 + Double($1) }
    weighedPairs += examples.weights.count
  }

  /// [passes][texts] margins of at most `maximumTexts` captions by the current network, each pass with other dropped
  /// units.
  func passes(_ count: Int, of ids: [UInt32], _ captions: LabelledCaptions) -> [[Float]] {
    let weights = votingWeights ?? network.prepare(parameters, into: prepared, forTraining: false)
    votingWeights = weights
    fill(ids, of: captions)
    var drawing: RandomGenerator? = generator
    network.forward(batch, weights: weights, workspace: workspace, generator: &drawing)
    var margins = [headMargins()[0]]
    while margins.count < count {
      network.passHeads(batch, weights: weights, workspace: workspace, generator: &drawing)
      margins.append(headMargins()[0])
    }
    generator = drawing ?? generator
    return margins
  }

  /// Mean weight of the pairs since the latest call; nil if none were filtered.
  func takePairWeight() -> Double? {
    defer { (pairWeightSum, weighedPairs) = (0, 0) }
    return weighedPairs > 0 ? pairWeightSum / Double(weighedPairs) : nil
  }

  // MARK: Scoring

  /// [heads][captions] margins of at most `maximumTexts` captions by `weights`, without dropout.
  func margins(of ids: some Collection<UInt32>, _ captions: LabelledCaptions, _ weights: Weights) -> [[Float]] {
    fill(ids, of: captions)
    network.forward(batch, weights: weights, workspace: workspace)
    return headMargins()
  }

  /// [heads][texts] margins of the batch's texts in the latest pass.
  private func headMargins() -> [[Float]] {
    objectives.indices.map { head in
      let outputs = network.headOutputs(batch, workspace, head: head)
      return batch.indices.map { objectives[head].margin(outputs.row($0)) }
    }
  }

  /// Fills the batch with the texts of captions.
  private func fill(_ ids: some Sequence<UInt32>, of captions: LabelledCaptions) {
    batch.removeAll()
    for id in ids { batch.append(captions.text(id)) }
  }

  // MARK: State

  /// A copy of everything that training changes.
  /// - Parameters:
  ///   - version: number of the version.
  ///   - steps: number of training steps so far.
  func makeState(version: Int, steps: Int) -> CaptionNetworkState {
    let words = generator.state
    let others = objectives.dropFirst().compactMap(\.moments)
    let state = CaptionNetworkState(
      layout: network.parameters,
      progress: CaptionNetworkState.Progress(
        method: options.method, version: version, steps: steps, adamSteps: adam.step,
        moments: objectives[0].moments, otherMoments: others.isEmpty ? nil : others,
        heads: network.heads.count > 1 ? network.heads.count : nil,
        generator: [words.0, words.1, words.2, words.3]))
    state.parameters.copy(from: parameters)
    state.firstMoment.copy(from: adam.firstMoment)
    state.secondMoment.copy(from: adam.secondMoment)
    return state
  }

  /// Continues from a saved state.
  func restore(_ state: CaptionNetworkState) {
    parameters.copy(from: state.parameters)
    adam.firstMoment.copy(from: state.firstMoment)
    adam.secondMoment.copy(from: state.secondMoment)
    adam.step = state.progress.adamSteps
    objectives[0].moments = state.progress.moments
    for (head, moments) in zip(objectives.indices.dropFirst(), state.progress.otherMoments ?? []) {
      objectives[head].moments = moments
    }
    let words = state.progress.generator
    if words.count == 4 { generator.state = (words[0], words[1], words[2], words[3]) }
  }

  // MARK: Benchmarks

  /// The weight of each pair in training with the current network; 0 if it would be omitted.
  func weights(of preferences: [CaptionPreference], _ captions: LabelledCaptions) -> [Float] {
    let size = Self.maximumTexts / 2
    return stride(from: 0, to: preferences.count, by: size).flatMap { start in
      let group = RankingReward.group(preferences[start..<min(start + size, preferences.count)])
      return filter?.weights(of: group, captions) ?? group.pairs.map { _ in 1 }
    }
  }

  /// Each head's value of a caption by the current network; NaN if unknown.
  func headValues(_ caption: UInt32, _ captions: LabelledCaptions) -> [Float] {
    let weights = network.prepare(parameters, into: prepared, forTraining: false)
    return zip(objectives, margins(of: [caption], captions, weights)).map { $0.value(margin: $1[0]) ?? .nan }
  }
}

/// The parts of a learned reward model.
extension LearnedRewardOptions {
  /// The network of the method.
  var network: CaptionNetwork {
    switch method {
    case .classification: .classifier(heads: heads)
    case .ranking: .ranking(heads: heads, dropout: dropout)
    }
  }

  /// One objective of the method for each head.
  func makeObjectives() -> [any CaptionObjective] {
    (0..<heads).map { _ in
      switch method {
      case .classification: ClassificationReward(self)
      case .ranking: RankingReward(self)
      }
    }
  }
}
