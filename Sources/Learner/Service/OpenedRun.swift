import Assembly
import Checkpoints
import Configuration
import Sessions

/// The parts of a run that is ready to start.
struct OpenedRun {
  let plan: RunPlan
  let identity: RunIdentity
  let listener: Listener
  let directory: RunDirectory
  let mailbox: TrainerMailbox<RunAlgorithm>
  let algorithm: RunAlgorithm
  let loop: TrainingLoop<RunAlgorithm>
  let desk: AnnotationDesk
  /// Nil if the run has no plan.
  let plans: (any PlanSource)?
  let reporter: RunReporter
  let rewards: RewardTableFile
  /// Whether the trainer must receive the texts of captions.
  let readsTexts: Bool
  let isInline: Bool
  /// Whether every checkpoint ends the session, so that a resumed run repeats what an unbroken one does.
  let repeatsExactly: Bool
  let ranks: RankParts

  /// Publishes the run's addresses, which peers wait for, and says in the log what starts.
  func announce() throws {
    let log = reporter.log
    let addresses = ranks.isShared && ranks.isFirst ? ranks.members.endpoints : listener.endpoint.description
    try directory.publish(endpoint: addresses)
    if let taken = listener.takenAddress {
      log.warning(
        "another process listens at \(taken), the address of the run's last session: peers that wait there must attach to "
          + "\(listener.endpoint)")
    }
    log.info(
      "run \(identity.runName): \(plan.specification.name), \(plan.policyParameters.count) parameters, "
        + "listening on \(listener.endpoint)")
    if ranks.isShared {
      log.info(
        "rank \(ranks.communicator.rank) of \(ranks.communicator.size) learners; an update has "
          + "\(plan.configuration.learner.batchSize * ranks.communicator.size) frames or more, "
          + "\(plan.configuration.learner.batchSize) of each")
    }
    if let hint { log.info(hint) }
  }

  /// A part of the configuration that has no effect on the policy.
  private var hint: String? {
    let (model, kind) = (plan.rewardModel, plan.configuration.annotator.kind)
    guard !model.needsLabels, kind != .none, plan.text == nil else { return nil }
    return "captions are labelled for the store alone: reward.model = \"\(model.name)\" reads no labels; "
      + "annotator.kind = \"none\" saves the questions"
  }
}
