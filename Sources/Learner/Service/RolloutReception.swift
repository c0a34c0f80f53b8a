import ActorCritic
import Assembly
import Configuration
import Sessions
import TextTraining
import Trajectories
import Transport
import Wire

/// From a worker's trajectory message to an unroll in the trainer's queue. Used by the I/O thread alone.
final class RolloutReception {
  private let intake: TrajectoryIntake
  private let mailbox: TrainerMailbox<RunAlgorithm>
  private let labels: LabelExchange
  private let reporter: RunReporter
  /// Nil if this learner reports its episodes itself, as the first of a run does.
  private let ranks: RankMailbox?
  /// Nil if the run has no plan.
  private let plans: (any PlanSource)?
  /// nil unless the run trains a text policy.
  private let units: UnitDesk?
  /// nil unless an annotator judges the answers of a text policy.
  private let unlabelled: UnlabelledUnits?

  init(_ run: OpenedRun, labels: LabelExchange, units: UnitDesk? = nil) {
    self.units = units
    let plan = run.plan
    intake = TrajectoryIntake(
      shape: plan.unrollShape, observation: plan.specification.observation, actions: plan.specification.actions,
      limits: plan.wireLimits)
    mailbox = run.mailbox
    reporter = run.reporter
    ranks = run.ranks.isFirst ? nil : run.ranks.mailbox
    plans = run.plans
    self.labels = labels
    guard plan.text?.asksAnnotator == true else {
      unlabelled = nil
      return
    }
    unlabelled = UnlabelledUnits(
      mailbox: run.mailbox, units: units, log: run.reporter.log, seconds: plan.configuration.text.labelSeconds)
    labels.unlabelled = unlabelled
  }

  /// Steps that wait for their labels.
  var waitingFrames: Int { unlabelled?.frames ?? 0 }

  /// Takes in one trajectory. If the queue is full the unroll is discarded and counted.
  /// - Parameter headerBytes: size of the message without its tensors.
  /// - Throws: `PeerFault` if the message is malformed, out of order or without credit.
  func take(
    _ header: Trajectory, _ tensors: [TensorFrame], headerBytes: Int, from session: PeerSession, now: Double
  ) throws(PeerFault) {
    try session.accept(trajectory: header.sequence)
    // A worker plays with a policy that this learner sent in this session, so none is newer than the newest.
    let newest = mailbox.policy.current.policyVersion
    guard header.lastPolicyVersion <= newest else {
      throw PeerFault(
        .protocolViolation,
        "trajectory \(header.sequence): last_policy_version is \(header.lastPolicyVersion); the newest is \(newest)",
        trajectory: header.sequence)
    }
    let checked: TrajectoryIntake.Checked
    do {
      checked = try intake.checked(tensors, captionCount: session.globalCaptions.count + header.captions.count)
    } catch {
      throw PeerFault(.protocolViolation, "trajectory \(header.sequence): \(error)", trajectory: header.sequence)
    }
    let unit = try units?.finish(header.unit, by: session.peer, trajectory: header.sequence) ?? 0
    // Only now: the captions of a refused trajectory are not asked.
    do throws(PeerFault) {
      try labels.learn(header.captions, first: Int(clamping: header.firstCaption), of: session)
    } catch {
      units?.writeAgain(unit)
      throw error
    }
    let unroll = intake.unroll(header, checked, globalCaptions: session.globalCaptions)
    labels.sight(unroll)
    reporter.received(header.episodes, header.facts)
    let episodes = plans?.note(header.episodes, facts: header.facts, by: session.peer) ?? header.episodes
    ranks?.add(episodes, header.facts)
    enqueue(unroll, header, session, newest: newest, unit: unit, now: now)
    reporter.arrived(frames: unroll.frameCount, headerBytes: headerBytes, tensors)
  }

  /// - Parameter unit: the number that the desk of units knows it by.
  private func enqueue(
    _ unroll: Unroll, _ header: Trajectory, _ session: PeerSession, newest: UInt64, unit: UInt64, now: Double
  ) {
    let item = QueuedUnroll(
      unroll: unroll, source: session.peer, sequence: header.sequence, arrivalVersion: newest,
      group: session.number << 16 | UInt64(header.group & 0xFFFF), unit: header.unit)
    mailbox.count {
      $0.playedSteps += item.frames
      $0.episodes += header.episodes.count
    }
    if let unlabelled {
      let answers = (0..<unroll.environmentCount).map { AnswerCaption.text(TextBatch.text(unroll, $0)) }
      let captions = labels.ask(answers)
      if unlabelled.add(item, number: unit, captions: captions, of: session, now: now) { return }
    } else if mailbox.queue.offer(item) {
      return
    }
    mailbox.count { $0.discardedOverflow += item.frames }
    session.oweCredit()
  }
}
