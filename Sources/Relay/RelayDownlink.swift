import Assembly
import Configuration
import Runtime
import Sessions
import Telemetry
import Transport
import Wire

/// The relay's side of its workers' sessions, in which it is their learner. Made when the learner has said what the run is.
/// Used by one thread.
final class RelayDownlink {
  /// Unrolls of the queue that bounds workers' credits at the learner; here the credits of the uplink are the bound.
  private static let queuedUnrolls = 1_024

  let listener: Listener
  let channel: PeerChannel
  let sessions: PeerSessions
  let gate: PeerGate
  let intake: TrajectoryIntake
  let log: PeerLog
  private let plan: RunPlan
  private let identity: RunIdentity
  private let work: RelayedWork
  /// Makes the workers' seeds from the one that the learner gave this relay.
  private var seeds: SplitMix64
  private var grants: UInt64 = 0

  /// - Parameters:
  ///   - work: what the workers are to play and to write.
  ///   - ended: called when a worker's session has ended.
  init(
    _ welcome: Welcome, plan: RunPlan, options: RelayOptions, context: MessagingContext, log: LogWriter,
    work: RelayedWork, ended: @escaping (PeerSession) -> Void
  ) throws {
    self.plan = plan
    self.work = work
    identity = RunIdentity(
      runID: welcome.runID, runName: welcome.runName, configuration: welcome.configuration,
      configurationHash: welcome.configurationHash)
    seeds = SplitMix64(seed: welcome.seed)
    let listener = try Listener(
      options.listen, option: "--listen", keyPath: options.keyPath, allowPath: options.allowPath,
      maximumMessageBytes: plan.wireLimits.maximumMessageBytes, context: context)
    self.listener = listener
    let codec = WireCodec(limits: plan.wireLimits, steps: plan.unrollShape.schema)
    channel = PeerChannel(socket: listener.socket, codec: codec, log: log)
    sessions = PeerSessions(
      SessionTerms(plan.configuration, inline: false), limits: SessionLimits(queuedUnrolls: Self.queuedUnrolls),
      run: identity)
    self.log = PeerLog(log)
    gate = PeerGate(
      channel: channel, sessions: sessions, authenticator: listener.authenticator,
      keys: listener.authenticator.map { KeyWatch($0, own: listener.key, log) }, log: self.log,
      ended: {
        work.left($0)
        ended($0)
        return ""
      })
    intake = TrajectoryIntake(
      shape: plan.unrollShape, observation: plan.specification.observation, actions: plan.specification.actions,
      limits: plan.wireLimits)
  }

  /// Rollout threads of all workers.
  var threads: Int { sessions.all.reduce(0) { $0 + $1.threads } }

  /// Begins a worker's session.
  /// - Throws: `PeerFault` if it is not admitted.
  func welcome(_ hello: Hello, _ peer: PeerID, now: Double) throws(PeerFault) {
    guard hello.role == .worker else {
      throw PeerFault(.forbidden, "this is a relay, which takes workers only: connect to the learner itself")
    }
    guard let session = try gate.admit(hello, from: peer, now: now) else { return }
    admit(session)
    channel.send(
      .welcome(
        Welcome(
          session, of: identity, sessions.terms, layout: plan.layout, limits: plan.wireLimits, seed: seeds.next())),
      to: peer)
    log.joined(session, now: now)
  }

  /// Lets as much of the session's messages wait as its credits allow.
  func admit(_ session: PeerSession) {
    channel.admit(session.peer, credits: session.creditLimit, unrollBytes: plan.unrollShape.layout.byteCount)
  }

  /// Shares the learner's credits among the workers.
  /// - Parameters:
  ///   - credits: those that no trajectory waits for.
  ///   - version: the policy that workers can get.
  func grant(_ credits: Int, version: UInt64) {
    let promised = sessions.all.reduce(0) { $0 + $1.heldCredits }
    let takers = CreditTaker.share(
      credits - promised, among: sessions.creditors, perGrant: sessions.terms.creditsPerGrant)
    for taker in takers where taker.granted > 0 {
      let session = taker.session
      let acknowledgement = Acknowledgement(
        sequence: session.lastSequence, credits: UInt32(taker.granted), policyVersion: version,
        planVersion: work.planVersion, units: work.units(taker.granted, for: session.peer))
      guard channel.send(.acknowledgement(acknowledgement), to: session.peer) else { continue }
      grants += 1
      session.grant(taker.granted, number: grants)
    }
  }

  /// Gives workers their parts of the run's plan.
  func sendParts() {
    for (peer, part) in work.takeParts() { channel.send(.plan(part), to: peer) }
  }

  /// Whether the run numbers the pieces of work.
  var numbersUnits: Bool { plan.text != nil }

  /// Ends all sessions with `goodbye`.
  func dismiss(_ goodbye: Goodbye) {
    for session in sessions.all { channel.send(.goodbye(goodbye), to: session.peer) }
  }

  /// Tells all workers to say Hello again.
  func giveUp(_ reason: String, now: Double) {
    for session in sessions.all {
      gate.refuse(session.peer, Refused(reason: .unknownPeer, text: reason), now: now)
    }
  }

  /// Waits until the workers have answered their dismissal, `seconds` at most.
  func awaitFarewells(seconds: Double) {
    let poller = Poller()
    _ = poller.add(listener.socket)
    let deadline = MonotonicClock.seconds + seconds
    while !sessions.isEmpty, MonotonicClock.seconds < deadline {
      _ = try? poller.wait(milliseconds: Int((deadline - MonotonicClock.seconds) * 1000) + 1)
      while let message = try? channel.receive() {
        if case .goodbye = (try? channel.decode(message))?.message { _ = sessions.remove(message.peer) }
      }
    }
  }
}
