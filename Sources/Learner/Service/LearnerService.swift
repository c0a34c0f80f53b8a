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
/// This class only decides what happens when. Its parts have the state: `PeerSessions` peers, `RolloutReception` trajectories,
/// `PolicyFanOut` credits and policies, `LabelExchange` labels, `RunReporter` log and metrics. The threads share `TrainerMailbox`.
public final class LearnerService {
  /// Messages taken in before the other duties get their turn.
  private static let maximumMessagesPerPump = 256
  /// Seconds that a dismissed peer may take to answer.
  private static let farewellSeconds = 1.0
  /// Seconds between two looks at the processes of the other ranks.
  private static let lookSeconds = 0.5

  private let plan: RunPlan
  private let identity: RunIdentity
  private let listener: Listener
  private let directory: RunDirectory
  let mailbox: TrainerMailbox<RunAlgorithm>
  private let loop: TrainingLoop<RunAlgorithm>
  private let channel: PeerChannel
  private let sessions: PeerSessions
  private let rollouts: RolloutReception
  private let policies: PolicyFanOut
  private let labels: LabelExchange
  private let reporter: RunReporter
  private let peerLog: PeerLog
  private let gate: PeerGate
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
    let configuration = run.plan.configuration
    channel = PeerChannel(
      socket: run.listener.socket,
      codec: WireCodec(limits: run.plan.wireLimits, steps: run.plan.unrollShape.schema), log: run.reporter.log)
    peerLog = PeerLog(run.reporter.log)
    let terms = SessionTerms(configuration, inline: run.isInline)
    let ownCredits = max(1, configuration.worker.threads) * terms.groupsPerThread * terms.creditsPerGroup
    sessions = PeerSessions(
      terms,
      limits: SessionLimits(queuedUnrolls: max(run.mailbox.queue.capacity / configuration.unrollFrames, ownCredits)),
      run: run.identity)
    labels = LabelExchange(
      desk: run.desk, writer: try LabelWriter(run.desk.store, hasThread: !run.isInline), mailbox: run.mailbox,
      channel: channel, reporter: run.reporter, peerLog: peerLog,
      principle: plan.annotator.asksModel ? PrincipleFile(runDirectory: run.directory.url) : nil,
      sendsTexts: run.readsTexts)
    let units = UnitDesk(run)
    gate = PeerGate(
      channel: channel, sessions: sessions, authenticator: run.listener.authenticator,
      keys: run.listener.authenticator.map { KeyWatch($0, own: run.listener.key, run.reporter.log) }, log: peerLog,
      ended: Self.ended(labels, units))
    rollouts = RolloutReception(run, labels: labels, units: units)
    policies = PolicyFanOut(
      mailbox: run.mailbox, channel: channel, sessions: sessions, configuration: configuration, plans: run.plans,
      units: units, isInline: run.isInline)
  }

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
    try gate.authenticate(now: now)
    takeTrainerEvents(now)
    try receiveMessages(now)
    gate.endLostConnections(now: now)
    peerLog.catchUp(now: now)
    labels.acknowledgeStored()
    if let notice = rewards.writeWaiting(now: now) { reporter.log.warning(notice) }
    try labels.handOutTasks(now: now)
    reporter.watchEvaluation(now: now)
    policies.grantCredits(now: now)
    gate.dropLostPeers(now: now)
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
      reporter.secondsToWait(now: now), channel.secondsToWait(now: now), policies.secondsToWait)
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
    for session in sessions.all { channel.send(.goodbye(goodbye), to: session.peer) }
    if case .completed = end { reporter.awaitEvaluation(first: isInline ? {} : awaitFarewells) }
    end = reporter.finish(end, snapshot, now: MonotonicClock.seconds)
    self.end = end
    directory.withdraw()
    if !isInline { awaitFarewells() }
    if case .failed(let reason) = end { throw RunError.failed(reason) }
  }

  /// Waits until every peer has answered its dismissal, and reads what the peers still send: a socket that closes while
  /// a peer sends resets the connection, and the peer loses the dismissal.
  private func awaitFarewells() {
    let poller = Poller()
    _ = poller.add(listener.socket)
    let deadline = MonotonicClock.seconds + Self.farewellSeconds
    while !sessions.isEmpty, MonotonicClock.seconds < deadline {
      _ = try? poller.wait(milliseconds: Int((deadline - MonotonicClock.seconds) * 1000) + 1)
      for _ in 0..<Self.maximumMessagesPerPump {
        guard let message = try? channel.receive() else { break }
        if case .goodbye = (try? channel.decode(message))?.message { _ = sessions.remove(message.peer) }
      }
    }
  }

  // MARK: Messages

  private func receiveMessages(_ now: Double) throws {
    for _ in 0..<Self.maximumMessagesPerPump {
      guard let message = try channel.receive() else { return }
      do {
        let envelope = try channel.decode(message)
        // The first frame is the envelope without its tensors.
        try handle(envelope, from: message.peer, headerBytes: message.frames[0].count, now)
      } catch let error as PeerFault {
        gate.refuse(message.peer, error.refused, now: now)
      } catch let error as WireError {
        gate.refuse(message.peer, PeerFault(error).refused, now: now)
      }
    }
  }

  /// Handles one message of one peer.
  /// - Throws: `PeerFault` for a mistake that costs the peer its connection; other errors end the run.
  private func handle(_ envelope: Envelope, from peer: PeerID, headerBytes: Int, _ now: Double) throws {
    if case .hello(let hello) = envelope.message { return try welcome(hello, peer, now) }
    if case .statusRequest = envelope.message { return try sendStatus(to: peer, now) }
    guard let session = sessions[peer] else { throw PeerFault(.unknownPeer, "a message before Hello") }
    guard session.token == envelope.session else { throw PeerFault(.unknownPeer, "a message of another session") }
    session.heard(now: now)
    switch (session.role, envelope.message) {
    case (.worker, .trajectory(let header)):
      try rollouts.take(header, envelope.tensors, headerBytes: headerBytes, from: session, now: now)
    case (.worker, .snapshotRequest(let request)):
      try session.countFreeMessage(now: now)
      session.isReady = true
      policies.sendSnapshot(to: peer, newerThan: request.newerThan)
    case (.worker, .planRequest(let request)):
      try session.countFreeMessage(now: now)
      policies.sendPlan(to: peer, episodes: request.episodes)
    case (.annotator, .ready(let ready)): labels.isReady(peer, capacity: Int(clamping: ready.capacity))
    case (.annotator, .labels(let answer)): try labels.take(answer, from: session, now: now)
    case (_, .heartbeat(let heartbeat)):
      try session.countFreeMessage(now: now)
      session.take(heartbeat)
      if session.role == .worker {
        reporter.heard(session.recentWork)
        if sessions.resize(session, threads: Int(heartbeat.threads)) { admit(session) }
      }
      policies.answerHeartbeat(of: peer)
    case (_, .goodbye(let goodbye)):
      gate.leave(peer, goodbye.text, now: now)
    default: throw PeerFault(.protocolViolation, "a message that a \(session.role) does not send")
    }
  }

  private func welcome(_ hello: Hello, _ peer: PeerID, _ now: Double) throws(PeerFault) {
    if end != nil { throw PeerFault(.ending, "the run is over") }
    try ranks.expectPlace(for: hello.role)
    guard let session = try gate.admit(hello, from: peer, now: now) else { return }
    admit(session)
    let seed = session.role == .worker ? mailbox.count { $0.drawSeed() } : 0
    channel.send(
      .welcome(
        Welcome(
          session, of: identity, sessions.terms, layout: plan.layout, limits: plan.wireLimits, seed: seed)),
      to: peer)
    guard session.role != .observer else { return }
    peerLog.joined(session, now: now)
    reporter.soon(now: now)
  }

  /// Lets as much of the session's messages wait as its credits allow.
  private func admit(_ session: PeerSession) {
    channel.admit(session.peer, credits: session.creditLimit, unrollBytes: plan.unrollShape.layout.byteCount)
  }

  private func sendStatus(to peer: PeerID, _ now: Double) throws {
    let peers = sessions.all.filter { $0.role != .observer }.map { RunStatus.Peer($0, now: now) }
    let json = try reporter.status(snapshot, peers: peers, now: now).json
    channel.send(.status(Status(json: json)), to: peer)
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
      peerLog.discarded(sources.count, "older than \(limit) policy versions", now: now)
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
        gate.refuse(unroll.source, fault.refused, now: now)
      } else {
        peerLog.refused("a worker that left: \(text)", of: "a worker that left", now: now)
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
      queuedSteps: mailbox.queue.depth + rollouts.waitingFrames + others.queuedFrames,
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
