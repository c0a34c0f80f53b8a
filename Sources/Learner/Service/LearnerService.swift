import Assembly
import Captions
import Checkpoints
import Configuration
import IntrinsicReward
import Runtime
import Telemetry
import Transport
import Wire

/// The learner's role: one ROUTER on the calling thread, the trainer on its own.
///
/// The I/O side owns sessions, the caption ledger and the label store; the trainer owns the policy and the reward model.
/// They share the rollout queue, the published policy, the label inbox and the counters, each guarded by itself.
public final class LearnerService {
  /// Peers at a time; the next one is refused.
  static let maximumPeers = 1024
  /// Messages taken in before the other duties get their turn.
  static let maximumMessagesPerPump = 256
  /// Banned connections remembered; more than that are not ours to serve anyway.
  static let maximumBanned = 4096

  let plan: RunPlan
  let identity: RunIdentity
  let socket: RouterSocket
  let authenticator: Authenticator?
  let directory: RunDirectory
  private let listener: Listener
  let loop: TrainingLoop
  let counters: CounterBox
  let reporter: RunReporter
  let intake: TrajectoryIntake
  let wake: WakeUp
  let limits: WireLimits
  /// Serial runs have no silence to notice and nobody to wait for: everything happens on one thread.
  let isInline: Bool
  let heartbeatSeconds: Double
  /// Whether the reward model or its chain is to be told what captions say.
  let rewardReadsTexts: Bool
  var desk: AnnotationDesk
  /// What earlier sessions paid for.
  private let earlierRewards: RewardTable
  /// nil where the annotator knows no goals.
  private var principle: PrincipleFile?
  var sessions: [PeerID: PeerSession] = [:]
  var banned: Set<PeerID> = []
  /// Peers a message could not be given to since the last look, and why.
  private var undelivered: [PeerID: SendResult] = [:]
  var nextSession: UInt64 = 1
  var sequence: UInt64 = 0
  private let events: TrainerEvents
  /// How the run ended, once it has.
  public internal(set) var end: TrainerEnd?

  init(
    plan: RunPlan, identity: RunIdentity, listener: Listener, directory: RunDirectory, loop: TrainingLoop,
    counters: CounterBox, events: TrainerEvents, desk: AnnotationDesk, reporter: RunReporter, rewards: RewardTable,
    inline: Bool
  ) {
    earlierRewards = rewards
    self.plan = plan
    self.identity = identity
    self.listener = listener
    self.directory = directory
    socket = listener.socket
    authenticator = listener.authenticator
    self.loop = loop
    self.counters = counters
    self.events = events
    self.desk = desk
    self.reporter = reporter
    wake = events.wake
    rewardReadsTexts = loop.trainer.readsTexts
    var limits = WireLimits()
    limits.maximumMessageBytes = plan.configuration.transport.maximumMessageMegabytes << 20
    self.limits = limits
    intake = TrajectoryIntake(plan: plan, limits: limits)
    isInline = inline
    principle =
      plan.configuration.annotator.kind.asksModel
      ? PrincipleFile(runDirectory: directory.labels.deletingLastPathComponent()) : nil
    heartbeatSeconds = inline ? .greatestFiniteMagnitude : plan.configuration.transport.heartbeatSeconds
  }

  /// Does all that can be done without waiting.
  /// - Throws: when the label store or the socket fails; the run cannot go on without either.
  public func pump(now: Double) throws {
    takeTrainerEvents(now)
    try receive(now)
    try handOutTasks(now)
    returnCredits(now)
    dropLostPeers(now)
    if reporter.isDue(now: now, steps: counters.current.frames) {
      reporter.write(snapshot, times: loop.times.take(), now: now)
    }
  }

  /// Tells every peer that the session is over.
  func dismissPeers(_ text: String) {
    for session in sessions.values {
      send(.goodbye(Goodbye(reason: .runOver, text: text)), to: session.peer)
    }
  }

  /// The state of the run now.
  var snapshot: RunSnapshot {
    RunSnapshot(
      runName: identity.runName, task: plan.specification.name, counters: counters.current,
      captions: desk.ledger.statistics, queuedFrames: loop.queue.depth,
      workers: sessions.values.count { $0.role == .worker },
      annotators: sessions.values.count { $0.role == .annotator })
  }

  /// Seconds `run` may wait for the next message.
  func secondsToWait(now: Double) -> Double {
    var wait = reporter.secondsToWait(now: now)
    if !sessions.isEmpty { wait = min(wait, heartbeatSeconds / 2) }
    return max(0, wait)
  }

  func takeTrainerEvents(_ now: Double) {
    for event in events.takeAll() { handle(event, now) }
  }

  private func handle(_ event: TrainerEvent, _ now: Double) {
    switch event {
    case .taken(let sources): owe(sources)
    case .trained(let report): reporter.trained(report, now: now)
    case .discarded(let stale):
      reporter.log.warning(
        "discarded \(stale.count) unrolls: older than \(plan.configuration.learner.maximumPolicyLag) policy versions")
      owe(stale)
    case .checkpointed(let step, let path, let seconds): reporter.checkpointed(step: step, path: path, seconds: seconds)
    case .audited(let audit): publish(audit)
    case .checkpointFailed(let reason): reporter.log.error("no checkpoint was written: \(reason)")
    case .finished(let end): if self.end == nil { self.end = end }
    }
  }

  /// Writes what the run has paid for, for `tengu rewards`.
  private func publish(_ audit: RewardAudit) {
    var table = RewardTable(
      audit.entries.enumerated().filter { $0.element.steps > 0 }.map { id, entry in
        var payment = CaptionPayment(caption: desk.ledger.bytes(of: CaptionID(id)) ?? [])
        (payment.steps, payment.paidSteps, payment.paid) = (entry.steps, entry.paidSteps, entry.paid)
        (payment.score, payment.flips) = (entry.score.isNaN ? nil : entry.score, entry.flips)
        payment.label = desk.ledger.label(of: CaptionID(id))
        return payment
      })
    table.add(earlierRewards)
    reporter.flipped = audit.latestFlips
    do {
      try directory.publish(table.text, to: directory.rewards)
    } catch {
      reporter.log.error("the table of rewards was not written: \(error)")
    }
  }

  private func owe(_ sources: [PeerID]) {
    for source in sources { sessions[source]?.creditsOwed += 1 }
  }

  private func receive(_ now: Double) throws {
    for _ in 0..<Self.maximumMessagesPerPump {
      guard let message = try socket.receive() else { return }
      if banned.contains(message.peer) { continue }
      do {
        let envelope = try WireCodec.decode(message.frames, limits: limits)
        sessions[message.peer]?.liveness.heard(now: now)
        try handle(envelope, from: message, now)
      } catch let error as PeerFault {
        ban(message.peer, error.refused, now)
      } catch let error as WireError {
        ban(message.peer, PeerFault(error).refused, now)
      }
    }
  }

  /// Changes what captions are judged by, where somebody has asked for that.
  private func followPrinciple(_ now: Double) {
    switch principle?.change(now: now) {
    case nil: break
    case .refused(let reason): reporter.log.warning(reason)
    case .principle where desk.pairs != nil:
      reporter.log.warning("a run that asks pairs keeps its goal: preferences by another one could not be told apart")
    case .principle(let text):
      let forgotten = desk.judge(by: text)
      loop.news.put(RewardNews(labels: forgotten.map { CaptionLabel(caption: $0, value: .nan) }))
      let words = text.isEmpty ? "the configured goal" : "\"\(text)\""
      reporter.log.info("captions are judged by \(words); \(forgotten.count) labels are forgotten")
    }
  }

  private func handOutTasks(_ now: Double) throws {
    followPrinciple(now)
    if let uncertainties = loop.uncertainties?.take() { desk.setUncertainties(uncertainties) }
    let expired = desk.expire(now: now)
    if expired > 0 { reporter.log.warning("\(expired) captions were not answered in time and wait again") }
    for (peer, task) in desk.dispatch(now: now) { send(.annotationTask(task), to: peer) }
  }

  /// Hands credits back, but withholds them while the queue is full: workers then wait instead of growing stale.
  private func returnCredits(_ now: Double) {
    let learner = plan.configuration.learner
    guard loop.queue.depth <= learner.queueBatches * learner.batchSize else { return }
    for (peer, session) in sessions where session.creditsOwed > 0 {
      let acknowledgement = Acknowledgement(
        sequence: session.lastSequence, credits: UInt32(session.creditsOwed),
        policyVersion: loop.publisher.current.version)
      guard send(.acknowledgement(acknowledgement), to: peer) else { continue }
      sessions[peer]?.returnCredits()
    }
  }

  /// Peers that are silent, and those that missed a message: they would wait for it for ever. Whoever still lives says
  /// hello again.
  private func dropLostPeers(_ now: Double) {
    for (peer, result) in undelivered {
      remove(peer, result == .full ? "it takes no more messages" : "its connection is gone")
    }
    undelivered = [:]
    for session in sessions.values where session.liveness.isGone(now: now) {
      remove(session.peer, "\(plan.configuration.transport.liveness) heartbeats missed")
    }
  }

  /// Forgets a peer and takes its captions back.
  func remove(_ peer: PeerID, _ reason: String) {
    guard let session = sessions.removeValue(forKey: peer) else { return }
    let returned = session.role == .annotator ? desk.left(peer) : 0
    let captions = returned > 0 ? "; \(returned) captions wait again" : ""
    if session.role != .observer { reporter.log.info("\(session.role) \(session.name) left: \(reason)\(captions)") }
  }

  /// Says why, and never listens to this connection again.
  private func ban(_ peer: PeerID, _ refused: Refused, _ now: Double) {
    let name = sessions[peer]?.name ?? "a stranger (\(peer))"
    reporter.refused("\(name): \(refused.text)", now: now)
    send(.refused(refused), to: peer)
    remove(peer, "refused")
    guard refused.reason != .unknownPeer else { return }
    if banned.count >= Self.maximumBanned { banned.removeAll() }
    banned.insert(peer)
  }

  @discardableResult
  func send(_ message: Message, tensors: [TensorFrame] = [], to peer: PeerID) -> Bool {
    sequence += 1
    let envelope = Envelope(sequence: sequence, message: message, tensors: tensors)
    do {
      let result = try socket.send(WireCodec.encode(envelope), to: peer)
      if result != .sent { undelivered[peer] = result }
      return result == .sent
    } catch {
      reporter.log.error("sending to \(sessions[peer]?.name ?? peer.description): \(error)")
      return false
    }
  }
}
