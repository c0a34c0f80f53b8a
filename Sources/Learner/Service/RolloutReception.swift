import ActorCritic
import Assembly
import Configuration
import Sessions
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
  private let plans: PlanDesk?

  /// nil unless the run trains a text policy.
  private let units: UnitDesk?

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
  }

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
    try units?.finish(header.unit, by: session.peer, trajectory: header.sequence)
    // Only now: the captions of a refused trajectory are not asked.
    try labels.learn(header.captions, first: Int(clamping: header.firstCaption), of: session)
    let unroll = intake.unroll(header, checked, globalCaptions: session.globalCaptions)
    labels.sight(unroll)
    reporter.received(header.episodes, header.facts)
    ranks?.add(header.episodes, header.facts)
    plans?.note(header.episodes)
    enqueue(unroll, header, session, newest: newest)
    reporter.arrived(frames: unroll.frameCount, headerBytes: headerBytes, tensors)
  }

  private func enqueue(_ unroll: Unroll, _ header: Trajectory, _ session: PeerSession, newest: UInt64) {
    let item = QueuedUnroll(
      unroll: unroll, source: session.peer, sequence: header.sequence, arrivalVersion: newest,
      group: session.number << 16 | UInt64(header.group & 0xFFFF), unit: header.unit)
    mailbox.count {
      $0.playedSteps += item.frames
      $0.episodes += header.episodes.count
    }
    guard !mailbox.queue.offer(item) else { return }
    mailbox.count { $0.discardedOverflow += item.frames }
    session.oweCredit()
  }
}
