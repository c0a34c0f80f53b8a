import Assembly
import Configuration
import Environments
import Runtime
import Sessions
import Telemetry
import Trajectories
import Transport
import Wire

/// The role of a relay: a worker to its learner and a learner to its workers. The link to the learner carries every policy
/// and every caption once, however many workers are behind it.
///
/// The relay checks what its workers send as the learner does, so that a worker's mistake ends that worker's session and not
/// the relay's. It keeps no trajectory longer than its credits last.
public final class RelayService {
  /// Seconds that dismissed workers may take to answer.
  private static let farewellSeconds = 1.0
  /// Seconds between two lines of the log.
  private static let reportSeconds = 10.0
  /// Messages taken in before the other duties get their turn.
  private static let maximumMessagesPerPump = 256

  private let options: RelayOptions
  private let context: MessagingContext
  private let log: LogWriter
  private let uplink: RelayUplink
  /// nil until the learner has said what the run is.
  private var down: RelayDownlink?
  private var policy = RelayedPolicy()
  private let work = RelayedWork()
  private var activity = RelayActivity()
  /// Whether the run allows no policy lag, and credits that wait for the policy that they were granted for.
  private var isSynchronous = false
  private var heldCredits = 0
  private var nextReport = 0.0
  /// The run is over, or the learner is stopping.
  private(set) var isFinished = false

  /// Where the workers connect; nil until the learner has said what the run is.
  var endpoint: Endpoint? { down?.listener.endpoint }

  /// - Parameter seed: makes the random part of the link's pauses.
  public init(context: MessagingContext, options: RelayOptions, seed: UInt64, log: LogWriter) {
    self.context = context
    self.options = options
    self.log = log
    // One thread until a worker joins: a relay without workers gets few credits.
    let hello = Hello(role: .worker, name: options.name, host: options.host, threads: 1)
    uplink = RelayUplink(hello: hello) { hello in
      LearnerLink(context: context, options: options.link, hello: hello, seed: seed)
    }
  }

  // MARK: The loop

  /// Runs the role until the run is over or a signal arrives.
  /// - Throws: `RelayError` if this relay cannot continue, or `TransportError` if its address is taken.
  public func run(signals: ProcessSignals) throws {
    while !isFinished {
      let poller = Poller()
      _ = poller.add(descriptor: signals.descriptor)
      if let socket = uplink.link.socket { _ = poller.add(socket) }
      if let down {
        _ = poller.add(down.listener.socket)
        if let authenticator = down.listener.authenticator { _ = poller.add(authenticator) }
      }
      let now = MonotonicClock.seconds
      _ = try poller.wait(milliseconds: Int(max(0, nextDeadline(now: now) - now) * 1000) + 1)
      if let signal = signals.next() { return shutDown(reason: "received \(signal)") }
      try pump(now: MonotonicClock.seconds)
    }
    log.info("sent \(uplink.traffic.summary ?? "nothing"); \(policy.summary)")
  }

  /// Does everything that is possible without waiting.
  func pump(now: Double) throws {
    for event in uplink.link.pump(now: now, heartbeat: { activity.heartbeat(down, captions: uplink.captionCount) }) {
      try handle(event, now)
    }
    guard let down, !isFinished else { return }
    try down.gate.authenticate(now: now)
    try receiveMessages(down, now)
    down.gate.endLostConnections(now: now)
    down.log.catchUp(now: now)
    work.askForEpisodes { uplink.link.send(.planRequest($0)) }
    down.sendParts()
    down.sessions.oweCredits(to: uplink.sendWaiting())
    if let version = policy.version { down.grant(uplink.credits - uplink.waitingCount, version: version) }
    down.gate.dropLostPeers(now: now)
    report(down, now)
  }

  func nextDeadline(now: Double) -> Double {
    guard let down else { return uplink.link.nextDeadline(now: now) }
    // A socket to the learner that was full is tried again.
    let retry = uplink.waitingCount > 0 ? now + 0.01 : .infinity
    return min(
      uplink.link.nextDeadline(now: now), now + down.channel.secondsToWait(now: now),
      now + down.sessions.terms.heartbeatSeconds / 2, retry)
  }

  /// Ends the relay. Its workers wait for it to come back, as for a learner.
  func shutDown(reason: String) {
    log.info("\(reason): the workers wait until a relay is there again")
    down?.dismiss(Goodbye(reason: .restarting, text: "the relay ends"))
    down?.awaitFarewells(seconds: Self.farewellSeconds)
    uplink.link.close(Goodbye(reason: .leaving, text: reason))
  }

  private func report(_ down: RelayDownlink, _ now: Double) {
    guard now >= nextReport else { return }
    defer { nextReport = now + Self.reportSeconds }
    guard nextReport > 0, let traffic = uplink.traffic.summary else { return }
    log.info(
      "workers \(down.sessions.count(.worker)), threads \(down.threads) | sent \(traffic) | \(policy.summary)")
  }

  // MARK: The learner

  private func handle(_ event: LearnerLink.Event, _ now: Double) throws {
    switch event {
    case .welcomed(let welcome): try begin(welcome)
    case .received(let envelope): try handle(envelope)
    case .lost(let reason, let pause):
      log.info(LearnerLink.Event.line(reason, retrySeconds: pause))
      down?.giveUp("the relay has lost its learner", now: now)
    case .refused(let refusal): try end(refusal, now)
    case .ended(let goodbye):
      isFinished = true
      log.info("the learner ended the session: \(goodbye.text)")
      down?.dismiss(Goodbye(reason: .runOver, text: goodbye.text))
      down?.awaitFarewells(seconds: Self.farewellSeconds)
    }
  }

  private func begin(_ welcome: Welcome) throws {
    uplink.beginSession()
    policy.beginSession()
    work.beginSession()
    heldCredits = 0
    if down == nil { down = try makeDownlink(welcome) }
    log.info("welcomed to run \(welcome.runName) as \(welcome.peerName)")
  }

  private func makeDownlink(_ welcome: Welcome) throws -> RelayDownlink {
    let configuration = try options.registries.configuration(
      toml: welcome.configuration, fileName: "the learner's configuration")
    let plan = try RunPlan(
      configuration, registries: options.registries, netHackDirectory: options.netHackDirectory,
      programs: options.programs)
    if let difference = plan.layout.difference(from: welcome.layout) {
      throw RelayError.mismatch("\(difference) in the learner's run: use the same release of Tengu for both")
    }
    isSynchronous = configuration.learner.maximumPolicyLag == 0
    uplink.configure(
      plan, compresses: configuration.transport.compression.applies(onLoopback: options.link.endpoint.isLoopback),
      hash: welcome.configurationHash)
    let uplink = uplink
    let down = try RelayDownlink(
      welcome, plan: plan, options: options, context: context, log: log, work: work,
      ended: { uplink.forget(session: $0.number) })
    log.info("workers connect to \(down.listener.endpoint)")
    return down
  }

  private func handle(_ envelope: Envelope) throws {
    switch envelope.message {
    case .acknowledgement(let acknowledgement):
      let isHeld = isSynchronous && policy.version != acknowledgement.policyVersion
      if isHeld { heldCredits += Int(acknowledgement.credits) } else { uplink.grant(Int(acknowledgement.credits)) }
      work.heard(acknowledgement, isHeld: isHeld)
      follow(acknowledgement.policyVersion)
    case .heartbeatReply(let reply): follow(reply.policyVersion)
    case .snapshot(let snapshot): install(snapshot, envelope.tensors)
    case .plan(let part): work.take(part)
    default: break
    }
  }

  /// Asks for the learner's policy if it is another one and a worker plays.
  private func follow(_ newest: UInt64?) {
    guard policy.isAwaited || down?.sessions.all.contains(where: \.isReady) == true, policy.wants(newest) else {
      return
    }
    if !uplink.link.send(.snapshotRequest(SnapshotRequest())) { policy.failedToAsk() }
  }

  private func install(_ snapshot: Snapshot, _ tensors: [TensorFrame]) {
    guard let down, let tensor = tensors.first else { return }
    uplink.grant(heldCredits)
    heldCredits = 0
    work.releaseUnits()
    for peer in policy.install(snapshot, tensor) where down.sessions[peer] != nil { sendPolicy(to: peer, newerThan: 0) }
  }

  /// The learner refuses this relay. A trajectory that was the cause costs its worker the session, and the relay connects again.
  private func end(_ refused: Refused, _ now: Double) throws {
    guard let down, let source = uplink.source(of: refused.trajectory) else { throw RelayError.refused(refused.text) }
    down.gate.refuse(source, Refused(reason: refused.reason, text: refused.text), now: now)
    down.giveUp("the relay connects to its learner again", now: now)
    uplink.reconnect()
  }

  // MARK: The workers

  private func receiveMessages(_ down: RelayDownlink, _ now: Double) throws {
    for _ in 0..<Self.maximumMessagesPerPump {
      guard let message = try down.channel.receive() else { return }
      do {
        try handle(try down.channel.decode(message), from: message.peer, down, now)
      } catch let error as PeerFault {
        down.gate.refuse(message.peer, error.refused, now: now)
      } catch let error as WireError {
        down.gate.refuse(message.peer, PeerFault(error).refused, now: now)
      }
    }
  }

  private func handle(_ envelope: Envelope, from peer: PeerID, _ down: RelayDownlink, _ now: Double) throws(PeerFault) {
    if case .hello(let hello) = envelope.message {
      guard uplink.link.isWelcomed else { throw PeerFault(.full, "the relay is not connected to its learner") }
      return try down.welcome(hello, peer, now: now)
    }
    if case .statusRequest = envelope.message {
      throw PeerFault(.forbidden, "this is a relay: ask the learner for the status")
    }
    guard let session = down.sessions[peer] else { throw PeerFault(.unknownPeer, "a message before Hello") }
    guard session.token == envelope.session else { throw PeerFault(.unknownPeer, "a message of another session") }
    session.heard(now: now)
    switch envelope.message {
    case .trajectory(let header): try take(header, envelope.tensors, from: session, down)
    case .snapshotRequest(let request):
      try session.countFreeMessage(now: now)
      session.isReady = true
      sendPolicy(to: peer, newerThan: request.newerThan)
    case .planRequest(let request):
      try session.countFreeMessage(now: now)
      if let answer = work.ask(request.episodes, for: peer) { down.channel.send(.plan(answer), to: peer) }
    case .heartbeat(let heartbeat):
      try session.countFreeMessage(now: now)
      session.take(heartbeat)
      activity.add(session.recentWork)
      if down.sessions.resize(session, threads: Int(heartbeat.threads)) { down.admit(session) }
      down.channel.send(.heartbeatReply(HeartbeatReply(policyVersion: policy.version ?? 0)), to: peer)
    case .goodbye(let goodbye): down.gate.leave(peer, goodbye.text, now: now)
    default: throw PeerFault(.protocolViolation, "a message that a worker does not send")
    }
  }

  private func sendPolicy(to peer: PeerID, newerThan known: UInt64) {
    if let answer = policy.answer(peer, newerThan: known) {
      down?.channel.send(answer.message, tensors: answer.tensors, to: peer)
    } else {
      follow(nil)
    }
  }

  /// Takes in a trajectory, which waits for the learner's next credit.
  private func take(
    _ header: Trajectory, _ tensors: [TensorFrame], from session: PeerSession, _ down: RelayDownlink
  ) throws(PeerFault) {
    try session.accept(trajectory: header.sequence)
    guard header.lastPolicyVersion <= policy.version ?? 0 else {
      throw PeerFault(
        .protocolViolation,
        "trajectory \(header.sequence): last_policy_version is \(header.lastPolicyVersion); the newest is "
          + "\(policy.version ?? 0)", trajectory: header.sequence)
    }
    let checked: TrajectoryIntake.Checked
    do {
      checked = try down.intake.checked(tensors, captionCount: session.globalCaptions.count + header.captions.count)
    } catch {
      throw PeerFault(.protocolViolation, "trajectory \(header.sequence): \(error)", trajectory: header.sequence)
    }
    try session.add(captions: header.captions, first: Int(clamping: header.firstCaption), intern: uplink.intern)
    // Last, because a unit that is done is not given to another worker.
    var relayed = try work.checked(header, of: session.peer, writes: down.numbersUnits)
    relayed.group = uplink.group(header.group, ofSession: session.number)
    uplink.put(
      RelayedTrajectory(
        source: session.peer, header: relayed,
        tensors: down.intake.renumbered(tensors, checked, session.globalCaptions)))
  }
}

/// What a relay's workers have done, those that left included, for the relay's own heartbeats.
struct RelayActivity {
  private var sum = WorkerActivity()

  mutating func add(_ work: WorkerActivity) { sum += work }

  /// The heartbeat of a relay with these workers.
  func heartbeat(_ down: RelayDownlink?, captions: Int) -> Heartbeat {
    let rates = down?.sessions.all.compactMap { $0.latestHeartbeat?.stepsPerSecond } ?? []
    return Heartbeat(
      steps: UInt64(sum.steps), stepsPerSecond: rates.reduce(0, +),
      discardedTrajectories: UInt64(sum.discardedTrajectories), environmentErrors: UInt64(sum.environmentErrors),
      captions: UInt32(clamping: captions), threads: UInt32(clamping: max(1, down?.threads ?? 1)), times: sum.times)
  }
}
