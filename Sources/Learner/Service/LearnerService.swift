import Assembly
import Captions
import Checkpoints
import Configuration
import Foundation
import IntrinsicReward
import Runtime
import Sessions
import Telemetry
import Transport
import Wire

/// The learner's role: it talks to all peers on the calling thread, and the trainer learns on its own.
///
/// This class only decides what happens when. `MessageRouter` and its parts have the state that is about peers, `RunReporter` log and
/// metrics. The threads share `TrainerMailbox`.
public final class LearnerService {
  /// Seconds between two looks at the processes of the other ranks.
  private static let lookSeconds = 0.5

  private let plan: RunPlan
  private let identity: RunIdentity
  private let listener: Listener
  private let directory: RunDirectory
  let mailbox: TrainerMailbox<RunAlgorithm>
  private let loop: TrainingLoop<RunAlgorithm>
  private let router: MessageRouter
  /// Nil if the run has no plan.
  private let plans: (any PlanSource)?
  private let reporter: RunReporter
  private var rewards: RewardTableFile
  /// Whether all roles run on one thread, where no peer is ever silent and none is waited for.
  private let isInline: Bool
  private let repeatsExactly: Bool
  private let ranks: RankParts
  /// Whether it was stopped in order to be started again.
  public private(set) var comesBack = false
  /// How the run ended, once it has.
  public private(set) var end: RunEnd?

  init(_ run: OpenedRun) throws {
    plan = run.plan
    identity = run.identity
    listener = run.listener
    directory = run.directory
    mailbox = run.mailbox
    loop = run.loop
    reporter = run.reporter
    rewards = run.rewards
    isInline = run.isInline
    repeatsExactly = run.repeatsExactly
    ranks = run.ranks
    plans = run.plans
    router = try MessageRouter(run)
  }

  private var sessions: PeerSessions { router.sessions }
  private var labels: LabelExchange { router.labels }
  private var policies: PolicyFanOut { router.policies }

  // MARK: The loop

  /// The role's loop: until the run's steps are done, a signal stops it, or it cannot continue.
  /// - Throws: `RunError.failed` in the last case, after a checkpoint of the last good state.
  public func run(signals: ProcessSignals) throws {
    let poller = Poller()
    watch(poller)
    _ = poller.add(descriptor: signals.descriptor)
    start()
    while end == nil {
      do {
        _ = try poller.wait(milliseconds: Int(secondsToWait(now: MonotonicClock.seconds) * 1000) + 1)
        if let signal = signals.next() { stop("received \(signal)", comesBack: signal == ProcessSignals.restart) }
        try pump(now: MonotonicClock.seconds)
      } catch {
        fail("\(error)")
      }
      // The processes of all ranks end soon after one of them.
      if end == nil, let loss = ranks.takeLoss() { fail(loss) }
    }
    if !ranks.hasLost { joinTrainer() }
    defer { ranks.leave(endedAlone: loop.endedAlone, log: reporter.log) }
    try finish()
  }

  /// Does everything that can be done without waiting.
  /// - Throws: if the label store or the socket fails; the run cannot continue without them.
  public func pump(now: Double) throws {
    try router.gate.authenticate(now: now)
    takeTrainerEvents(now)
    try router.receive(now: now, isOver: end != nil) { snapshot }
    router.gate.endLostConnections(now: now)
    router.peerLog.catchUp(now: now)
    labels.acknowledgeStored()
    if let notice = rewards.writeWaiting(now: now) { reporter.log.warning(notice) }
    try labels.handOutTasks(now: now)
    reporter.watchEvaluation(now: now)
    policies.sendWaitingParts()
    policies.grantCredits(now: now)
    router.gate.dropLostPeers(now: now)
    ranks.mailbox.workers = sessions.count(.worker)
    if reporter.isDue(now: now, steps: mailbox.counters.trainedSteps) { reporter.write(snapshot, now: now) }
  }

  /// Starts the trainer's thread.
  func start() { loop.start() }

  /// Waits for the trainer's thread, which saves a checkpoint before it ends.
  func joinTrainer() { loop.join() }

  /// Asks the trainer to end after its current update.
  /// - Parameter comesBack: whether the learner is started again, so that its peers wait for it. A later signal leaves it so.
  func stop(_ reason: String, comesBack: Bool = false) {
    self.comesBack = self.comesBack || comesBack
    reporter.log.info("\(reason): stopping after the current update")
    mailbox.queue.close()
  }

  private func fail(_ reason: String) {
    mailbox.queue.close(failed: true)
    end = .failed(reason)
  }

  /// Adds everything that `pump` waits for.
  func watch(_ poller: Poller) {
    _ = poller.add(listener.socket)
    _ = poller.add(mailbox.wake)
    _ = poller.add(labels.stored)
    if let authenticator = listener.authenticator { _ = poller.add(authenticator) }
  }

  /// Seconds until something is due without a message.
  private func secondsToWait(now: Double) -> Double {
    var wait = min(
      reporter.secondsToWait(now: now), router.secondsToWait(now: now), policies.secondsToWait)
    if !sessions.isEmpty { wait = min(wait, sessions.terms.heartbeatSeconds / 2) }
    if ranks.isShared { wait = min(wait, Self.lookSeconds) }
    return max(0, wait)
  }

  /// Dismisses the peers, reports how the run ended, and withdraws the run's address.
  /// - Throws: `RunError.failed` if the run failed.
  public func finish() throws {
    guard var end else { return }
    takeTrainerEvents(MonotonicClock.seconds)
    let lost = labels.finish()
    if lost > 0 { end = end.without("\(lost) answers of annotators are not in the label store") }
    if !rewards.isWritten { end = end.without("the table of rewards was not written") }
    let goodbye: Goodbye
    if case .stopped = end, comesBack {
      goodbye = Goodbye(reason: .restarting, text: "the learner is started again")
    } else {
      goodbye = Goodbye(reason: .runOver, text: end.text)
    }
    router.dismiss(goodbye)
    if case .completed = end { reporter.awaitEvaluation(first: isInline ? {} : router.awaitFarewells) }
    end = reporter.finish(end, snapshot, now: MonotonicClock.seconds)
    self.end = end
    directory.withdraw()
    if !isInline { router.awaitFarewells() }
    if case .failed(let reason) = end { throw RunError.failed(reason) }
  }

  // MARK: The trainer's events

  private func takeTrainerEvents(_ now: Double) {
    for event in mailbox.takeEvents() { handle(event, now) }
  }

  private func handle(_ event: TrainerEvent<RunAlgorithm>, _ now: Double) {
    switch event {
    case .taken(let batch): policies.taken(batch, now: now)
    case .discarded(let sources):
      let limit = plan.configuration.learner.maximumPolicyLag
      router.peerLog.discarded(sources.count, "older than \(limit) policy versions", now: now)
      sessions.oweCredits(to: sources)
    case .trained(let report):
      for unusable in report.unusable { refuse(unusable, now) }
      reporter.trained(report, now: now)
      policies.trained()
      if let uncertainties = report.uncertainties { labels.setUncertainties(uncertainties) }
    case .checkpoint(let event): reporter.saved(event, now: now)
    case .audited(let audit): publish(audit)
    case .news(let news):
      reporter.received(news.episodes, news.facts)
      ranks.mailbox.add(numbers: labels.learn(news), of: news.rank)
      if let part = plans?.take(news) { ranks.mailbox.add(part: part, of: news.rank) }
    case .part(let part): plans?.take(part)
    case .finished(let end): if self.end == nil { self.end = end }
    }
  }

  /// Names the unrolls of a batch that could not be trained on. A worker whose unroll alone is the cause loses its session;
  /// without a proof nobody does.
  private func refuse(_ unusable: NonFiniteUnrolls, _ now: Double) {
    guard unusable.areProven else {
      let names = unusable.unrolls.map { "\(sessions[$0.source]?.name ?? "a worker that left") \($0.sequence)" }
      return reporter.couldNotTrain(on: names, because: unusable.tensor, now: now)
    }
    for unroll in unusable.unrolls {
      let text =
        "trajectory \(unroll.sequence): its \(unusable.tensor) are not finite when it is trained on; it was left out"
      if sessions[unroll.source] != nil {
        let fault = PeerFault(.protocolViolation, text, trajectory: unroll.sequence)
        router.gate.refuse(unroll.source, fault.refused, now: now)
      } else {
        router.peerLog.refused("a worker that left: \(text)", of: "a worker that left", now: now)
      }
    }
  }

  /// Writes what the run has paid per caption, for `tengu rewards`.
  private func publish(_ audit: RewardAudit) {
    reporter.flippedCaptions = audit.latestFlips
    if let notice = rewards.write(labels.payments(of: audit), now: MonotonicClock.seconds) {
      reporter.log.warning(notice)
    }
    // The table and the checkpoint before it need much memory for a moment.
    FreeMemory.giveBack()
  }

  /// The run's state now.
  private var snapshot: RunSnapshot {
    let others = ranks.mailbox.others
    return RunSnapshot(
      runName: identity.runName, task: plan.specification.name, counters: mailbox.counters,
      captions: labels.captionStatistics, pairs: labels.pairStatistics,
      queuedSteps: mailbox.queue.depth + router.rollouts.waitingFrames + others.queuedFrames,
      peers: sessions.statistics, waitingAnswers: labels.storage.waiting,
      writeFailures: labels.storage.failures + rewards.failures, workers: sessions.count(.worker) + others.workers,
      annotators: sessions.count(.annotator),
      workerCaptions: sessions.all.reduce(0) { $0 + Int($1.role == .worker ? $1.latestHeartbeat?.captions ?? 0 : 0) },
      plan: policies.planReport)
  }
}

/// For `tengu serial`, in which the trainer has no own thread.
extension LearnerService {
  /// Makes one update if a batch is ready.
  public func trainInline() {
    if let end = loop.turnIfReady().end { self.end = end }
  }

  /// Takes in how the worker spent the time of its latest unrolls; on one thread no heartbeat reports it in time.
  public func heard(_ times: RolloutTimes) { reporter.heard(WorkerActivity(times: times)) }

  /// Saves the state and ends the run. A run that repeats exactly keeps its last checkpoint instead, because a
  /// session ends at fixed steps only.
  public func stopInline(_ reason: String) {
    reporter.log.info("\(reason): stopping")
    if repeatsExactly { reporter.log.info("the steps since the last checkpoint are played again when the run resumes") }
    end = repeatsExactly ? .stopped : loop.saved(.stopped)
  }

  /// Whether the session is to end with a checkpoint now, and the run to continue with a new one.
  public var isSessionOver: Bool { repeatsExactly && end == nil && loop.isCheckpointDue }

  /// Ends the session: everything that the next one continues from is on disk. If that fails, this session continues.
  /// - Returns: whether it ended.
  public func endSession() -> Bool {
    guard labels.finish() == 0, loop.checkpoint() == nil else { return false }
    takeTrainerEvents(MonotonicClock.seconds)
    reporter.write(snapshot, now: MonotonicClock.seconds)
    reporter.closeSinks(now: MonotonicClock.seconds)
    directory.release()
    return true
  }

  /// The run's log, for the other roles' lines.
  public var log: LogWriter { reporter.log }

  /// The latest episodes of all workers.
  public var recentEpisodes: EpisodeWindow { reporter.episodes }

  /// The policy's parameters and version, for comparisons.
  public var policy: (policyVersion: UInt64, parameters: [Float]) {
    let policy = mailbox.policy.current
    return (
      policy.policyVersion,
      Array(UnsafeBufferPointer(start: policy.parameters.pointer, count: policy.parameters.count))
    )
  }
}
