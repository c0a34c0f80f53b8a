import ActorCritic
import Assembly
import Checkpoints
import Configuration
import IntrinsicReward
import NeuralNetwork
import Runtime
import Tensor
import TextPolicy
import TextTraining

/// Updates from whole answers: a text policy, its optimiser, and the policies that the run keeps with it. Answers to one
/// question are compared with each other, as `TextLoss` says. Used by one thread at a time.
final class TextAlgorithm: UnrollAlgorithm {
  private let plan: TextPlan
  private let section: TextSection
  private let trainer: TextTrainer
  /// The policy after the supervised start, and the one at the end of the latest iterate.
  private let initial: TextPolicy
  private let previous: TextPolicy
  private let loss: TextLoss
  private let passes: Int
  private let learningRate: Float
  private(set) var policyVersion: UInt64 = 0

  let readsTexts = false
  /// Nothing is learned from labels in advance: a unit's labels come with it.
  let rewardVersion = 1

  /// A policy with the initial parameters of the run's seed.
  /// - Throws: `TextPolicyError` for sizes that no network can have.
  init(_ plan: TextPlan, _ configuration: RunConfiguration) throws {
    self.plan = plan
    section = configuration.text
    trainer = try TextTrainer(plan.task, options: plan.transformer.options, seed: configuration.seed)
    initial = trainer.policy.copied()
    previous = trainer.policy.copied()
    loss = TextLoss(configuration.text, clip: configuration.learner.ppoClip)
    passes = configuration.learner.epochs
    learningRate = Float(configuration.learner.learningRate)
    trainer.learner.maximumGradientNorm = Float(configuration.learner.maximumGradientNorm)
    setRate()
  }

  var parameters: FloatBuffer { trainer.policy.parameters }

  private func setRate() {
    trainer.learner.learningRate = learningRate
    trainer.learner.warmUpUpdates = section.warmUpUpdates
  }

  /// The supervised start: the policy imitates demonstrations until it solves a share of the problems.
  func begin(isInterrupted: () -> Bool, report: (String) -> Void) {
    guard section.startUpdates > 0 else { return }
    var start = SupervisedStart()
    (start.target, start.maximumUpdates) = (section.startShare, section.startUpdates)
    start.interval = min(start.interval, section.startUpdates)
    var latest: (updates: Int, score: TextScore)?
    start.run(trainer, isInterrupted: isInterrupted) { latest = ($0, $1) }
    initial.copy(from: trainer.policy)
    previous.copy(from: trainer.policy)
    setRate()
    guard let latest else { return }
    report(
      "the supervised start took \(latest.updates) updates of \(start.batch) demonstrations: "
        + "\(Int((100 * latest.score.right).rounded()))% of the answers are right")
  }

  func learn(_ update: RewardUpdate) {}

  func learnEarlier(_ update: RewardUpdate, isInterrupted: () -> Bool) {}

  func audit() -> RewardAudit { RewardAudit() }

  /// Makes one update, in as many passes over the batch as configured. Units are trained on in the order of their numbers, so
  /// that the update does not depend on the order in which workers sent them.
  /// - Throws: `RunError` if the optimiser's state is not finite any more.
  func train(_ items: [QueuedUnroll]) throws -> TrainReport {
    let began = MonotonicClock.seconds
    var batch = TextBatch(items.sorted { ($0.unit, $0.sequence) < ($1.unit, $1.sequence) }, answers: plan.answers)
    if loss.readsReference {
      let reference = section.reference == .initial ? initial : previous
      batch.sequences.reference = trainer.scorer.logProbabilities(batch.sequences.sequences, policy: reference)
    }
    let prepared = MonotonicClock.seconds
    var statistics = TrainStatistics()
    statistics.setPolicyLag(of: items, behind: policyVersion)
    let isApplied = update(batch, &statistics)
    guard trainer.learner.adam.isFinite else { throw RunError.failed("Adam's state is not finite after an update") }
    let queuedLag = queuedLag(of: items)
    if isApplied {
      policyVersion += 1
      statistics.frames = batch.frames
      if section.iterateUpdates > 0, policyVersion.isMultiple(of: UInt64(section.iterateUpdates)) {
        previous.copy(from: trainer.policy)
      }
    } else {
      statistics.nonFiniteTensor = "gradients"
    }
    var times = UpdateTimes()
    (times.rewards, times.train) = (prepared - began, MonotonicClock.seconds - prepared)
    times.backward = times.train
    return TrainReport(
      policyVersion: policyVersion, frames: isApplied ? batch.frames : 0,
      discardedFrames: isApplied ? 0 : batch.frames,
      unusable: isApplied
        ? [] : [NonFiniteUnrolls(tensor: "gradients", unrolls: items.map(\.origin), areProven: false)],
      statistics: statistics, queuedLag: queuedLag, mismatch: nil, rewards: batch.rewardStatistics,
      rewardModel: nil, chain: [:], uncertainties: nil, times: times)
  }

  private func queuedLag(of items: [QueuedUnroll]) -> Double {
    let versions = items.reduce(0) { $0 + Double(policyVersion) - Double(min($1.arrivalVersion, policyVersion)) }
    return items.isEmpty ? 0 : versions / Double(items.count)
  }

  /// - Returns: whether parameters have changed.
  private func update(_ batch: TextBatch, _ statistics: inout TrainStatistics) -> Bool {
    let tokens = batch.sequences.chosenCount
    var sums = TextLossSums()
    for pass in 0..<max(passes, 1) {
      sums = TextLossSums()
      let norm = trainer.learner.update(batch.sequences, groupSize: plan.answers) { group, slopes in
        sums.add(group, loss.clip)
        sums.loss += loss.add(
          group, rewards: batch.rewards(group.index), tokens: tokens, questions: batch.questions, to: &slopes)
      }
      if !norm.isFinite {
        if pass == 0 { return false }
        break
      }
      statistics.gradientNorm = Double(norm)
    }
    sums.write(to: &statistics)
    statistics.advantageDeviation = batch.rewardDeviation
    return true
  }

  // MARK: Checkpoints

  private enum Key { static let adamStep = "adam.step" }

  private var arrays: [CheckpointContents.Arrays] {
    let (layout, adam) = (plan.transformer.layout, trainer.learner.adam)
    return [
      .init(prefix: "policy.", layout: layout, buffer: parameters),
      .init(prefix: "adam.first.", layout: layout, buffer: adam.firstMoment),
      .init(prefix: "adam.second.", layout: layout, buffer: adam.secondMoment),
      .init(prefix: "archive.initial.", layout: layout, buffer: initial.parameters),
      .init(prefix: "archive.previous.", layout: layout, buffer: previous.parameters),
    ]
  }

  func checkpointContents() throws -> CheckpointContents {
    var contents = CheckpointContents(arrays: arrays)
    try contents.encode(trainer.learner.adam.step, as: Key.adamStep)
    return contents
  }

  func restore(_ checkpoint: Checkpoint, report: (String) -> Void) throws {
    for part in arrays { try checkpoint.fill(part) }
    let step = try checkpoint.decode(Int.self, Key.adamStep)
    guard plausibleCount.contains(step) else {
      throw CheckpointError(checkpoint.path, "its \"\(Key.adamStep)\" is \(step)")
    }
    trainer.learner.adam.step = step
    policyVersion = checkpoint.policyVersion
    for policy in [trainer.policy, initial, previous] { policy.prepare(forTraining: true) }
  }
}
