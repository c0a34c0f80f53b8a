import Assembly
import Runtime
import Sessions
import Transport
import Wire

/// The peers' messages: each goes to the part of the learner that it concerns, and a peer's mistake ends its session. Used by
/// the I/O thread alone.
///
/// The parts have the state: `PeerSessions` peers, `RolloutReception` trajectories, `PolicyFanOut` credits, policies and plans,
/// `LabelExchange` labels.
final class MessageRouter {
  /// Messages taken in before the other duties get their turn.
  private static let maximumMessagesPerPump = 256
  /// Seconds that a dismissed peer may take to answer.
  private static let farewellSeconds = 1.0

  let sessions: PeerSessions
  let rollouts: RolloutReception
  let policies: PolicyFanOut
  let labels: LabelExchange
  let gate: PeerGate
  let peerLog: PeerLog
  private let plan: RunPlan
  private let identity: RunIdentity
  private let listener: Listener
  private let channel: PeerChannel
  private let mailbox: TrainerMailbox<RunAlgorithm>
  private let reporter: RunReporter
  private let ranks: RankParts

  init(_ run: OpenedRun) throws {
    (plan, identity, listener) = (run.plan, run.identity, run.listener)
    (mailbox, reporter, ranks) = (run.mailbox, run.reporter, run.ranks)
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
    let labels = LabelExchange(
      desk: run.desk, writer: try LabelWriter(run.desk.store, hasThread: !run.isInline), mailbox: run.mailbox,
      channel: channel, reporter: run.reporter, peerLog: peerLog,
      principle: run.plan.annotator.asksModel ? PrincipleFile(runDirectory: run.directory.url) : nil,
      sendsTexts: run.readsTexts)
    self.labels = labels
    let units = UnitDesk(run)
    gate = PeerGate(
      channel: channel, sessions: sessions, authenticator: run.listener.authenticator,
      keys: run.listener.authenticator.map { KeyWatch($0, own: run.listener.key, run.reporter.log) }, log: peerLog,
      ended: { session in
        units?.left(session.peer)
        run.plans?.left(session.peer)
        return labels.left(session)
      })
    rollouts = RolloutReception(run, labels: labels, units: units)
    policies = PolicyFanOut(
      mailbox: run.mailbox, channel: channel, sessions: sessions, configuration: configuration, plans: run.plans,
      units: units, isInline: run.isInline)
  }

  /// Takes in the messages that have arrived.
  /// - Parameters:
  ///   - isOver: whether the run has ended, so that nobody may join it.
  ///   - snapshot: makes the run's state, for those that ask.
  /// - Throws: what ends the run; a peer's mistake does not.
  func receive(now: Double, isOver: Bool, snapshot: () -> RunSnapshot) throws {
    for _ in 0..<Self.maximumMessagesPerPump {
      guard let message = try channel.receive() else { return }
      do {
        let (envelope, peer) = (try channel.decode(message), message.peer)
        switch envelope.message {
        case .hello(let hello):
          if isOver { throw PeerFault(.ending, "the run is over") }
          try welcome(hello, peer, now)
        case .statusRequest: try sendStatus(snapshot(), to: peer, now)
        // The first frame is the envelope without its tensors.
        default: try handle(envelope, from: peer, headerBytes: message.frames[0].count, now)
        }
      } catch let error as PeerFault {
        gate.refuse(message.peer, error.refused, now: now)
      } catch let error as WireError {
        gate.refuse(message.peer, PeerFault(error).refused, now: now)
      }
    }
  }

  /// Handles one message of one peer that has joined.
  /// - Throws: `PeerFault` for a mistake that costs the peer its connection; other errors end the run.
  private func handle(_ envelope: Envelope, from peer: PeerID, headerBytes: Int, _ now: Double) throws {
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

  private func sendStatus(_ snapshot: RunSnapshot, to peer: PeerID, _ now: Double) throws {
    let peers = sessions.all.filter { $0.role != .observer }.map { RunStatus.Peer($0, now: now) }
    let json = try reporter.status(snapshot, peers: peers, now: now).json
    channel.send(.status(Status(json: json)), to: peer)
  }

  /// Seconds until connections have to be looked after without a message.
  func secondsToWait(now: Double) -> Double { channel.secondsToWait(now: now) }

  // MARK: The end

  /// Tells all peers to leave.
  func dismiss(_ goodbye: Goodbye) {
    for session in sessions.all { channel.send(.goodbye(goodbye), to: session.peer) }
  }

  /// Waits until every peer has answered its dismissal, and reads what the peers still send: a socket that closes while
  /// a peer sends resets the connection, and the peer loses the dismissal.
  func awaitFarewells() {
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
}
