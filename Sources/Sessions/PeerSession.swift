import Captions
import Runtime
import Transport
import Wire

/// What workers have done in some span of time, from the differences between their heartbeats.
package struct WorkerActivity: Sendable, Equatable {
  /// Environment steps, those included that never reached the learner.
  package var steps = 0
  /// Unrolls that workers discarded instead of sending them.
  package var discardedTrajectories = 0
  /// Environments that failed and were made again.
  package var environmentErrors = 0
  /// How rollout threads spent their time, in seconds.
  package var times = RolloutTimes()

  package init(times: RolloutTimes = RolloutTimes()) { self.times = times }

  /// What a worker has done between two of its heartbeats.
  package init(from earlier: Heartbeat, to later: Heartbeat) {
    environmentErrors = Self.difference(earlier.environmentErrors, later.environmentErrors)
    discardedTrajectories = Self.difference(earlier.discardedTrajectories, later.discardedTrajectories)
    steps = Self.difference(earlier.steps, later.steps)
    times = later.times - earlier.times
  }

  package static func += (sum: inout WorkerActivity, more: WorkerActivity) {
    sum.steps = sum.steps.addingSaturated(more.steps)
    sum.discardedTrajectories = sum.discardedTrajectories.addingSaturated(more.discardedTrajectories)
    sum.environmentErrors = sum.environmentErrors.addingSaturated(more.environmentErrors)
    sum.times += more.times
  }

  /// A counter of the wire that falls counts as unchanged.
  private static func difference(_ earlier: UInt64, _ later: UInt64) -> Int {
    later > earlier ? Int(clamping: later - earlier) : 0
  }
}

/// A peer's mistake, or a state of the run, that costs the peer its connection; `refused` is sent to the peer.
package struct PeerFault: Error {
  package let refused: Refused

  /// - Parameter trajectory: number of the trajectory that is the cause; 0 for none.
  package init(_ reason: Wire.RefusalReason, _ text: String, trajectory: UInt64 = 0) {
    refused = Refused(reason: reason, text: text, trajectory: trajectory)
  }

  /// A message that could not be read.
  package init(_ error: WireError) {
    let speaksOtherSchema = if case .otherSchemaVersion = error { true } else { false }
    refused = Refused(reason: speaksOtherSchema ? .schemaVersion : .protocolViolation, text: "\(error)")
  }
}

/// The key of a session.
package struct SessionKey: Hashable {
  package let key: CurvePublicKey
  package let name: String
}

/// One connected peer, from its Hello until it leaves or its connection ends. Used by the I/O thread alone.
package final class PeerSession {
  /// Messages a second, and at once, of the kinds that cost the learner an answer and the peer no credit. An
  /// acknowledgement allows one more, because it may name a policy version that the worker then asks for.
  private static let freeMessagesPerSecond = 500.0
  private static let freeMessagesAtOnce = 1_000

  package let peer: PeerID
  package let role: Role
  /// The peer's name in the log, unique among connected peers: that of its key, or without keys the one it asked for.
  package let name: String
  /// The host that the peer says it is on.
  package let host: String
  /// Numeric address of the peer.
  package let address: String
  /// The key that the peer proved to own, and its name; nil without CURVE.
  package let key: SessionKey?
  /// Counts the sessions of this learner process, from 1.
  package let number: UInt64
  /// The number that the peer's messages must carry; nobody else can guess it.
  package let token = UInt64.random(in: 1 ... .max)
  private var liveness: PeerLiveness
  private var freeMessages = TokenBucket(perSecond: freeMessagesPerSecond, burst: freeMessagesAtOnce)
  /// Messages that acknowledgements allow and the peer has not sent.
  private var allowedMessages = 0
  /// Unrolls that the peer may send.
  private var credits: CreditAccount
  /// Whether the worker is ready to play; its first request for a policy says so.
  package var isReady = false
  /// Credits that the peer may still get: those never granted, and those of unrolls that left the queue.
  package private(set) var owedCredits: Int
  /// Number of the latest grant of credits among those to all peers; 0 before the first.
  package private(set) var latestGrant: UInt64 = 0
  /// Rollout threads that the peer says it has; at least 1.
  package private(set) var threads: Int
  /// Number of the last trajectory. Numbers must rise, so that none is trained on twice.
  package private(set) var lastSequence: UInt64 = 0
  /// Global caption ids by the worker's own ids; index 0 means "no caption".
  package private(set) var globalCaptions: [CaptionID] = [0]
  package private(set) var latestHeartbeat: Heartbeat?
  /// What the worker has done between its latest two heartbeats.
  package private(set) var recentWork = WorkerActivity()

  /// - Parameters:
  ///   - credits: unrolls that the peer may have unacknowledged.
  package init(
    peer: PeerID, hello: Hello, name: String, address: String, key: SessionKey?, number: UInt64, credits: Int,
    liveness: PeerLiveness
  ) {
    self.peer = peer
    role = hello.role
    self.name = name
    self.address = address
    self.key = key
    host = hello.host
    threads = max(1, Int(clamping: hello.threads))
    self.number = number
    self.liveness = liveness
    self.credits = .empty(limit: credits)
    owedCredits = self.credits.limit
  }

  // MARK: Liveness

  /// Unrolls that the peer may have unacknowledged.
  package var creditLimit: Int { credits.limit }

  /// The peer sent something.
  package func heard(now: Double) { liveness.heard(now: now) }

  /// Counts a message that costs no credit.
  /// - Throws: `PeerFault` if there are too many.
  package func countFreeMessage(now: Double) throws(PeerFault) {
    if allowedMessages > 0 {
      allowedMessages -= 1
      return
    }
    guard freeMessages.available(now: now) > 0 else {
      throw PeerFault(.protocolViolation, "more than \(Int(Self.freeMessagesPerSecond)) messages a second")
    }
    freeMessages.take(1)
  }

  /// Takes in a heartbeat. Its counters are those of the peer's process, which may be older than the session.
  package func take(_ heartbeat: Heartbeat) {
    if let latestHeartbeat { recentWork = WorkerActivity(from: latestHeartbeat, to: heartbeat) }
    latestHeartbeat = heartbeat
  }

  /// Whether the peer has missed too many heartbeats.
  package func isSilent(now: Double) -> Bool { liveness.isGone(now: now) }

  /// Seconds since the peer last sent something.
  package func silentSeconds(now: Double) -> Double { max(0, now - liveness.lastHeard) }

  // MARK: Trajectories

  /// Accepts the number of a trajectory and takes a credit for it.
  /// - Throws: `PeerFault` if the number does not rise or the peer has no credit.
  package func accept(trajectory sequence: UInt64) throws(PeerFault) {
    guard sequence > lastSequence else {
      throw PeerFault(.protocolViolation, "trajectory \(sequence) after \(lastSequence)")
    }
    do { try credits.spend() } catch { throw PeerFault(.protocolViolation, "\(error)") }
    lastSequence = sequence
  }

  /// Adds the captions of a trajectory, which continue the session's numbering.
  /// - Parameters:
  ///   - first: the worker's id of the first caption.
  ///   - intern: returns a caption's global id.
  /// - Throws: `PeerFault` if the numbering has a gap or the session names too many captions.
  package func add(captions: [[UInt8]], first: Int, intern: ([UInt8]) -> CaptionID) throws(PeerFault) {
    let next = globalCaptions.count
    guard first == next else {
      throw PeerFault(.protocolViolation, "captions start at \(first); \(next) was next")
    }
    guard next + captions.count <= WireLimits.maximumCaptionsPerSession else {
      throw PeerFault(.protocolViolation, "more than \(WireLimits.maximumCaptionsPerSession) captions in one session")
    }
    for caption in captions { globalCaptions.append(intern(caption)) }
  }

  // MARK: Credits

  /// The peer has another number of rollout threads now.
  /// - Parameter limit: unrolls that it may have unacknowledged; reached when enough of them have come back.
  func resize(threads: Int, limit: Int) {
    self.threads = threads
    owedCredits += credits.resize(to: limit, cuttingAtMost: owedCredits)
  }

  /// One of the peer's unrolls has left the queue.
  package func oweCredit() { owedCredits += 1 }

  /// Credits granted to the peer whose unrolls the trainer has not taken yet.
  package var creditsInFlight: Int { credits.limit - owedCredits }

  /// Credits that the peer has and has not used.
  package var heldCredits: Int { credits.available }

  /// `count` of the owed credits have been sent to the peer.
  /// - Parameter number: counts the grants to all peers.
  package func grant(_ count: Int, number: UInt64) {
    latestGrant = number
    // Owed credits are outstanding, so the account cannot overflow.
    try? credits.grant(count)
    allowedMessages = min(allowedMessages + 1, Self.freeMessagesAtOnce)
    owedCredits -= count
  }
}
