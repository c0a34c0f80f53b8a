import NeuralNetwork
import Runtime
import Tensor

/// Learns a reward from labels and scores captions with it, a small piece of work at a time. Used by one thread.
///
/// It knows no clock and no thread: whoever owns it decides when to `advance`. The same calls give the same bits.
final class CaptionLearner {
  /// Texts computed together.
  static let maximumTexts = 64
  /// Captions scored in one piece of work.
  static let scoresPerPiece = 512
  /// Labels trained on that a version is compared with, at most.
  static let comparedLabels = 10_000

  let options: LearnedRewardOptions
  let network: CaptionNetwork
  private(set) var captions = LabelledCaptions()
  /// One for each head.
  var objectives: [any CaptionObjective]
  var pairWeights: [any PairWeight]
  private var schedule: RewardSchedule
  let parameters: FloatBuffer
  let prepared: FloatBuffer
  private let gradients: FloatBuffer
  private let adam: Adam
  var generator: RandomGenerator
  let workspace: CaptionWorkspace
  var batch: TextBatch

  private(set) var statistics = RewardModelStatistics()
  /// The version that captions are scored with.
  private var current: ScoredVersion?
  /// The next one, while not all captions have been scored with it.
  private var coming: ScoredVersion?
  /// Texts trained on, losses and their number, since the latest version was cut.
  private var trainedTexts = 0
  private var lossSum = 0.0
  private var lossCount = 0
  /// Weights of pairs that were filtered, and their number.
  var pairWeightSum = 0.0
  var weighedPairs = 0
  /// Whether an arrival's steps are to end with a version.
  private var owesVersion = false

  /// The newest scores.
  private(set) var scores = RewardScores.none

  /// - Parameter isComplete: computes every column of every text, for comparisons.
  init(_ options: LearnedRewardOptions, isComplete: Bool = false) {
    batch = TextBatch(capacity: Self.maximumTexts, isComplete: isComplete)
    self.options = options
    objectives = options.makeObjectives()
    pairWeights = options.makePairWeights()
    network = options.network
    schedule = RewardSchedule(
      stepsPerArrival: options.stepsPerArrival, stepsPerUpdate: options.stepsPerUpdate,
      arrivalLimit: options.arrivalLimit)
    parameters = FloatBuffer(count: network.parameters.count)
    gradients = FloatBuffer(count: network.parameters.count)
    prepared = network.makePrepared()
    adam = Adam(parameterCount: parameters.count, options: AdamOptions(epsilon: 1e-8))
    generator = RandomGenerator(seed: options.seed)
    workspace = CaptionWorkspace(network, maximumTexts: Self.maximumTexts)
    network.initialise(parameters, generator: &generator)
  }

  /// Takes in what is new.
  /// - Parameter policyUpdates: updates the policy has made since the last call.
  func take(_ update: RewardUpdate, policyUpdates: Int) {
    let hasNew = captions.learn(update)
    guard !options.isFrozen else { return }
    // What a restored model was saved with it has learned.
    if hasNew, !(update.isEarlier && statistics.version > 0) {
      schedule.labelsArrived(labelled: captions.labelledCount)
      owesVersion = owesVersion || schedule.followsArrivals(captions.labelledCount)
    }
    for _ in 0..<min(policyUpdates, options.stepsPerArrival) {
      schedule.policyUpdated(labelled: captions.labelledCount)
    }
  }

  /// Makes the training steps that precede the run and cuts a version. A restored model has made them already.
  /// - Parameter isInterrupted: asked between steps; true ends the call without a version.
  func pretrain(isInterrupted: () -> Bool = { false }) {
    if statistics.version == 0 {
      for _ in 0..<options.pretrainSteps {
        if isInterrupted() { return }
        trainStep()
      }
      schedule.settle()
      owesVersion = false
      if lossCount > 0 { cutVersion() }
    }
    while !isInterrupted(), advance() {}
  }

  /// Does the next piece of work: scores new captions, or scores all with a new version, or makes a training step.
  /// - Returns: whether there was something to do.
  func advance() -> Bool {
    if var version = current, version.count < captions.count {
      score(&version)
      current = version
      if version.count == captions.count { publish(version) }
      return true
    }
    if var version = coming {
      score(&version)
      coming = version.count < captions.count ? version : nil
      if coming == nil { finish(version) }
      return true
    }
    if isVersionDue {
      cutVersion()
      return true
    }
    guard schedule.owed > 0 else { return false }
    trainStep()
    schedule.tookStep()
    return true
  }

  /// The CPU seconds that the next scores will say were spent.
  func spent(_ seconds: Double) { statistics.seconds += seconds }

  // MARK: Training

  /// One update from a batch of examples, if there are any.
  func trainStep() {
    let groups = objectives[0].draw(
      from: captions, count: options.batchSize, capacity: Self.maximumTexts, generator: &generator)
    let total = groups.reduce(0) { $0 + $1.count }
    guard total > 0 else { return }
    let weights = network.prepare(parameters, into: prepared, forTraining: true)
    gradients.fill(0)
    let loss = groups.reduce(0) { $0 + differentiate($1, total: total, weights) }
    network.finishBackward(weights: weights, gradients: gradients, workspace: workspace)
    let norm = adam.update(
      parameters, gradients: gradients, learningRate: options.learningRate,
      maximumGradientNorm: options.maximumGradientNorm)
    statistics.steps += 1
    if !norm.isFinite { statistics.skippedSteps += 1 }
    trainedTexts += groups.reduce(0) { $0 + $1.captions.count }
    lossSum += loss
    lossCount += 1
  }

  /// Adds the gradients of a group of examples; returns its share of the loss.
  private func differentiate(_ examples: RewardExamples, total: Int, _ weights: Weights) -> Double {
    fill(examples.captions)
    var drawing: RandomGenerator? = generator
    network.forward(batch, weights: weights, workspace: workspace, generator: &drawing)
    generator = drawing ?? generator
    var examples = examples
    if !pairWeights.isEmpty { weigh(&examples, weights) }
    let parts = network.heads.count > 1 ? bootstrapped(examples) : [examples]
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

  func fill(_ captions: some Sequence<UInt32>) {
    batch.removeAll()
    for caption in captions { batch.append(self.captions.text(caption)) }
  }

  // MARK: Versions

  /// An arrival's version is due after its steps. Where steps follow the policy's updates, or arrivals do not end, one is
  /// due when as many texts were trained on as there are to be scored, so that scoring stays the smaller part.
  private var isVersionDue: Bool {
    guard lossCount > 0 else { return false }
    if schedule.owed == 0, owesVersion { return true }
    return lossCount >= options.stepsPerArrival && trainedTexts >= captions.count
  }

  /// Copies the model; captions are scored with the copy while training goes on.
  private func cutVersion() {
    statistics.version += 1
    statistics.loss = lossSum / Double(lossCount)
    statistics.pairWeight = weighedPairs > 0 ? pairWeightSum / Double(weighedPairs) : nil
    (trainedTexts, lossSum, lossCount) = (0, 0, 0)
    (pairWeightSum, weighedPairs) = (0, 0)
    owesVersion = schedule.owed > 0 && owesVersion
    coming = newVersion()
  }

  private func newVersion() -> ScoredVersion {
    let state = CaptionNetworkState(layout: network.parameters, progress: progress)
    state.parameters.copy(from: parameters)
    state.firstMoment.copy(from: adam.firstMoment)
    state.secondMoment.copy(from: adam.secondMoment)
    return ScoredVersion(state, network, objectives, meanWeight: options.meanWeight)
  }

  private var progress: CaptionNetworkState.Progress {
    let words = generator.state
    let others = objectives.dropFirst().compactMap(\.moments)
    return CaptionNetworkState.Progress(
      method: options.method, version: statistics.version, steps: statistics.steps, adamSteps: adam.step,
      moments: objectives[0].moments, otherMoments: others.isEmpty ? nil : others,
      heads: network.heads.count > 1 ? network.heads.count : nil,
      pairWeights: pairWeights.isEmpty ? nil : pairWeights.map(\.saved),
      generator: [words.0, words.1, words.2, words.3])
  }

  /// Scores the captions that come next.
  private func score(_ version: inout ScoredVersion) {
    let end = min(version.count + Self.scoresPerPiece, captions.count)
    for first in stride(from: version.count + 1, through: end, by: Self.maximumTexts) {
      fill((first...min(first + Self.maximumTexts - 1, end)).map { UInt32($0) })
      network.forward(batch, weights: version.weights, workspace: workspace)
      let margins = headMargins()
      for text in batch.indices { version.append(margins.map { $0[text] }) }
      statistics.scored += batch.count
    }
  }

  /// Scores all captions with the network as it is; nobody is told.
  func scoreAll() {
    var version = newVersion()
    while version.count < captions.count { score(&version) }
  }

  /// All captions have been scored with a new version.
  private func finish(_ version: ScoredVersion) {
    var version = version
    let held = captions.heldOut
    statistics.heldOut = held.count
    statistics.agreement = agreement(of: version, with: held)
    statistics.trainingAgreement = agreement(of: version, with: captions.training.prefix(Self.comparedLabels))
    statistics.headDeviation = version.headDeviation
    if let before = current {
      for index in pairWeights.indices { pairWeights[index].versionChanged(from: before.margins, to: version.margins) }
    }
    version.note(pairWeights: pairWeights.map(\.saved))
    statistics.consistency = pairWeights.compactMap(\.saved).first.map(Double.init)
    current = version
    publish(version)
  }

  /// The share of these captions' labels that a version agrees with.
  private func agreement(of version: ScoredVersion, with some: some Collection<UInt32>) -> Double? {
    version.objectives[0].agreement(
      margins: some.map { version.margins[Int($0)] }, helpful: some.map { (captions.label($0) ?? 0) > 0.5 })
  }

  private func publish(_ version: ScoredVersion) {
    scores = RewardScores(
      version: version.state.progress.version, values: version.rewards, margins: version.margins,
      statistics: statistics,
      state: version.state)
  }

  /// Goes on with a saved model, before anything was taken in.
  func restore(_ state: CaptionNetworkState) {
    parameters.copy(from: state.parameters)
    adam.firstMoment.copy(from: state.firstMoment)
    adam.secondMoment.copy(from: state.secondMoment)
    adam.step = state.progress.adamSteps
    objectives[0].moments = state.progress.moments
    for (head, moments) in zip(objectives.indices.dropFirst(), state.progress.otherMoments ?? []) {
      objectives[head].moments = moments
    }
    for (index, saved) in zip(pairWeights.indices, state.progress.pairWeights ?? []) {
      pairWeights[index].saved = saved
    }
    let words = state.progress.generator
    if words.count == 4 { generator.state = (words[0], words[1], words[2], words[3]) }
    statistics.version = state.progress.version
    statistics.steps = state.progress.steps
    current = ScoredVersion(state, network, objectives, meanWeight: options.meanWeight)
    scores = RewardScores(version: statistics.version, values: [], margins: [], statistics: statistics, state: state)
  }
}
