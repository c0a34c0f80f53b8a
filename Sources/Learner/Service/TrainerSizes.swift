import Configuration
import Foundation
import Runtime

/// How large the trainer's parts are: a learner's share of the batch, its threads, its queue.
struct TrainerSizes {
  /// Batches and unrolls that the queue may hold, whichever is more. It bounds the unrolls in flight (`CreditWindow`), so it
  /// is also the number of groups of slow environments that can play at the same time.
  private static let queueCapacity = (batches: 32, unrolls: 256)
  /// Columns of a batch below which another thread's share costs more in small matrices than it saves.
  private static let columnsPerThread = 8

  /// The run's configuration with this learner's share of the batch.
  let configuration: RunConfiguration
  private let isInline: Bool
  private let ranksOfThisMachine: Int

  init(_ options: LearnerOptions) {
    configuration = options.configuration.share(of: options.ranks.size)
    isInline = options.inlineEndpoint != nil
    ranksOfThisMachine = options.ranksOfThisMachine
  }

  /// Whether a resumed run repeats what an unbroken one would have done: on one thread, with checkpoints at fixed
  /// steps.
  var repeatsExactly: Bool { isInline && configuration.checkpoint.intervalSteps > 0 }

  var loopOptions: TrainingLoop<RunAlgorithm>.Options {
    .init(
      batchFrames: configuration.learner.batchSize, maximumLag: configuration.learner.maximumPolicyLag,
      totalSteps: configuration.run.steps, publishUpdates: UInt64(configuration.learner.publishUpdates),
      savesWhenDue: !repeatsExactly)
  }

  /// Frames that the queue may hold.
  var queueCapacity: Int {
    max(
      configuration.learner.batchSize * Self.queueCapacity.batches,
      configuration.unrollFrames * Self.queueCapacity.unrolls)
  }

  /// Threads of an update. By default every core takes part: workers on this machine have lower priority, and run while
  /// the trainer waits or merges. Learners of one machine share its cores. With all roles on one thread it is one, so that a
  /// run does not depend on the machine.
  var trainingThreads: Int {
    let learner = configuration.learner
    if learner.threads > 0 { return learner.threads }
    if isInline { return 1 }
    let columns = learner.batchSize / learner.unrollLength
    return max(1, min(UsableProcessors.count / max(1, ranksOfThisMachine), columns / Self.columnsPerThread))
  }
}

extension RunConfiguration {
  /// This configuration with the batch of one of `learners`: whole unrolls, so that all learners together have at least the
  /// configured frames in an update.
  func share(of learners: Int) -> RunConfiguration {
    guard learners > 1 else { return self }
    var share = self
    let unrolls = (learner.batchSize + unrollFrames - 1) / unrollFrames
    share.learner.batchSize = unrollFrames * ((unrolls + learners - 1) / learners)
    return share
  }
}

/// Decides whether a run can begin with several learners.
enum RankRules {
  /// - Parameter writes: whether the run trains a text policy.
  /// - Throws: `ConfigurationError` for a text policy, whose update is not shared.
  static func check(writes: Bool, ranks: Int) throws(ConfigurationError) {
    guard ranks > 1, writes else { return }
    throw ConfigurationError(["a text policy is trained by one learner; start one, with as many workers as you like"])
  }

  /// - Throws: `ConfigurationError` for a reward model whose scores cannot be passed on.
  static func check(_ configuration: RunConfiguration, scoresCaptions: Bool, ranks: Int) throws(ConfigurationError) {
    guard ranks > 1, !scoresCaptions else { return }
    throw ConfigurationError([
      "reward.model = \"\(configuration.reward.model.rawValue)\" learns from the observations of one learner's workers and "
        + "cannot be shared by \(ranks) learners; choose another model, or start one learner"
    ])
  }
}
