import Captions

/// Learns a reward from labels and scores captions with it, in small pieces of work. Used by one thread.
///
/// It decides what is trained and when a version is cut; `CaptionTrainer` has the network. It has no clock and no
/// thread: its owner decides when to call `advance`. The same calls give the same bits.
package final class CaptionLearner {
  /// Number of captions that one piece of work scores.
  static let scoresPerPiece = 512
  /// Maximum number of training labels in the training agreement.
  static let comparedLabels = 10_000

  private let options: LearnedRewardOptions
  private let trainer: CaptionTrainer
  private var captions = LabelledCaptions()
  private var schedule: RewardSchedule
  private var statistics = RewardModelStatistics()
  /// The version whose scores are published.
  private var current: ScoredVersion?
  /// The next version, until it has scored all captions.
  private var coming: ScoredVersion?
  /// Number of trained texts, sum of losses and number of losses since the latest version was cut.
  private var trainedTexts = 0
  private var lossSum = 0.0
  private var lossCount = 0
  /// Whether a version is due after the steps of an arrival of labels.
  private var owesVersion = false

  /// The newest scores.
  package private(set) var scores = RewardScores.none

  /// - Parameter isComplete: whether to compute all columns of every text, for comparisons.
  package init(_ options: LearnedRewardOptions, isComplete: Bool = false) {
    self.options = options
    trainer = CaptionTrainer(options, isComplete: isComplete)
    schedule = RewardSchedule(
      stepsPerArrival: options.stepsPerArrival, stepsPerUpdate: options.stepsPerUpdate,
      arrivalLimit: options.arrivalLimit)
  }

  /// Receives new captions, labels and preferences.
  /// - Parameter policyUpdates: number of updates of the policy since the last call.
  package func take(_ update: RewardUpdate, policyUpdates: Int) {
    let hasNew = captions.learn(update)
    guard !options.isFrozen else { return }
    // A restored model has already learned the labels of earlier sessions.
    if hasNew, !(update.isEarlier && statistics.version > 0) {
      schedule.labelsArrived(labelled: captions.labelledCount)
      owesVersion = owesVersion || schedule.followsArrivals(captions.labelledCount)
    }
    for _ in 0..<min(policyUpdates, options.stepsPerArrival) {
      schedule.policyUpdated(labelled: captions.labelledCount)
    }
  }

  /// Makes the training steps that precede the run and cuts a version. A restored model has made them already.
  /// - Parameter isInterrupted: asked between pieces of work; true ends the call early.
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

  /// Does the next piece of work: scores new captions, or scores captions with a new version, or makes a training step.
  /// - Returns: whether there was work.
  package func advance() -> Bool {
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

  /// Adds CPU seconds to the statistics of the next scores.
  func spent(_ seconds: Double) { statistics.seconds += seconds }

  /// Makes one update from a batch of examples, if there are any.
  package func trainStep() {
    guard let step = trainer.step(captions) else { return }
    statistics.steps += 1
    if !step.isApplied { statistics.skippedSteps += 1 }
    trainedTexts += step.texts
    lossSum += step.loss
    lossCount += 1
  }

  // MARK: Versions

  /// A version is due after the steps of an arrival of labels. If steps follow the policy's updates, or if labels
  /// arrive continuously, a version is due after as many trained texts as there are captions, so that scoring takes the
  /// smaller part of the time.
  private var isVersionDue: Bool {
    guard lossCount > 0 else { return false }
    if schedule.owed == 0, owesVersion { return true }
    return lossCount >= options.stepsPerArrival && trainedTexts >= captions.count
  }

  /// Copies the model. The copy scores the captions while training continues.
  private func cutVersion() {
    statistics.version += 1
    statistics.loss = lossSum / Double(lossCount)
    statistics.pairWeight = trainer.takePairWeight()
    (trainedTexts, lossSum, lossCount) = (0, 0, 0)
    owesVersion = schedule.owed > 0 && owesVersion
    coming = newVersion()
  }

  private func newVersion() -> ScoredVersion {
    ScoredVersion(
      trainer.makeState(version: statistics.version, steps: statistics.steps), trainer.network, trainer.objectives,
      meanWeight: options.meanWeight)
  }

  /// Scores the next captions.
  private func score(_ version: inout ScoredVersion) {
    let end = min(version.count + Self.scoresPerPiece, captions.count)
    for first in stride(from: version.count + 1, through: end, by: CaptionTrainer.maximumTexts) {
      let ids = (first...min(first + CaptionTrainer.maximumTexts - 1, end)).map { UInt32($0) }
      let margins = trainer.margins(of: ids, captions, version.weights)
      for text in ids.indices { version.append(margins.map { $0[text] }) }
      statistics.scored += ids.count
    }
  }

  /// Publishes a version that has scored all captions.
  private func finish(_ version: ScoredVersion) {
    let held = captions.heldOut
    statistics.heldOut = held.count
    statistics.agreement = agreement(of: version, with: held)
    statistics.trainingAgreement = agreement(of: version, with: captions.training.prefix(Self.comparedLabels))
    statistics.headDeviation = version.headDeviation
    current = version
    publish(version)
  }

  /// The version's agreement with the labels of some captions, 0 ... 1; nil if there are none to compare.
  private func agreement(of version: ScoredVersion, with some: some Collection<UInt32>) -> Double? {
    version.objectives[0].agreement(
      margins: some.map { version.margins[Int($0)] }, helpful: some.map { (captions.label($0) ?? 0) > 0.5 })
  }

  private func publish(_ version: ScoredVersion) {
    scores = RewardScores(
      version: version.state.progress.version, values: version.rewards, beliefs: version.beliefs,
      statistics: statistics, state: version.state)
  }

  /// Continues from a saved model; called before the first `take`.
  func restore(_ state: CaptionNetworkState) {
    trainer.restore(state)
    statistics.version = state.progress.version
    statistics.steps = state.progress.steps
    current = ScoredVersion(state, trainer.network, trainer.objectives, meanWeight: options.meanWeight)
    scores = RewardScores(version: statistics.version, values: [], beliefs: [], statistics: statistics, state: state)
  }

  // MARK: Benchmarks

  /// Scores all captions with the current network and drops the scores.
  package func scoreAll() {
    var version = newVersion()
    while version.count < captions.count { score(&version) }
  }

  /// The weight of each pair in training with the current network; 0 if it would be omitted.
  package func weights(of preferences: [CaptionPreference]) -> [Float] { trainer.weights(of: preferences, captions) }

  /// Each head's value of a caption by the current network; NaN if unknown.
  package func headValues(_ caption: UInt32) -> [Float] { trainer.headValues(caption, captions) }
}

/// The number of training steps a reward model still has to make: many for each arrival of labels while labels are few,
/// and some for each update of the policy. Arrivals that are faster than training count as one.
///
/// ONI makes 32 steps for each arrival up to 25,000 labels, and one for each update beyond. In a task with a few dozen
/// captions there are few arrivals and the model would stay untrained, so here updates count from the first label on.
struct RewardSchedule: Sendable {
  /// Steps for each arrival, and the maximum of `owed`.
  let stepsPerArrival: Int
  let stepsPerUpdate: Int
  /// Number of labels from which on arrivals cause no steps.
  let arrivalLimit: Int
  /// Steps still to be made.
  private(set) var owed = 0

  init(stepsPerArrival: Int, stepsPerUpdate: Int, arrivalLimit: Int) {
    self.stepsPerArrival = stepsPerArrival
    self.stepsPerUpdate = stepsPerUpdate
    self.arrivalLimit = arrivalLimit
  }

  /// Labels arrived.
  /// - Parameter labelled: number of labels now.
  mutating func labelsArrived(labelled: Int) {
    if followsArrivals(labelled) { owed = stepsPerArrival }
  }

  /// The policy was updated.
  mutating func policyUpdated(labelled: Int) {
    let steps = followsArrivals(labelled) ? stepsPerUpdate : max(stepsPerUpdate, 1)
    if labelled > 0 { owed = max(owed, min(owed + steps, stepsPerArrival)) }
  }

  /// A step was made, or there was no data for one.
  mutating func tookStep() { owed = max(owed - 1, 0) }

  /// Sets the owed steps to 0, because they were made elsewhere.
  mutating func settle() { owed = 0 }

  /// Whether arrivals cause steps.
  func followsArrivals(_ labelled: Int) -> Bool { labelled < arrivalLimit }
}
