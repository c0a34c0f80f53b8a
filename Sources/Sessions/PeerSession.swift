import Captions
import Runtime
import Transport
import Wire

/// What workers have done in some span of time, from the differences between their heartbeats.
struct WorkerActivity: Sendable, Equatable {
  /// Environment steps, those included that never reached the learner.
  var steps = 0
  /// Unrolls that workers discarded instead of sending them.
  var discardedTrajectories = 0
  /// Environments that failed and were made again.
  var environmentErrors = 0
  /// How rollout threads spent their time, in seconds.
  var times = RolloutTimes()

  init(times: RolloutTimes = RolloutTimes()) { self.times = times }

  /// What a worker has done between two of its heartbeats.
  init(from earlier: Heartbeat, to later: Heartbeat) {
    environmentErrors = Self.difference(earlier.environmentErrors, later.environmentErrors)
    discardedTrajectories = Self.difference(earlier.discardedTrajectories, later.discardedTrajectories)
    steps = Self.difference(earlier.steps, later.steps)
    times = later.times - earlier.times
  }

  static func += (sum: inout WorkerActivity, more: WorkerActivity) {
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
struct PeerFault: Error {
  let refused: Refused

  init(_ reason: Wire.RefusalReason, _ text: String) { refused = Refused(reason: reason, text: text) }

  /// A message that could not be read.
  init(_ error: WireError) {
    let speaksOtherSchema = if case .otherSchemaVersion = error { true } else { false }
    refused = Refused(reason: speaksOtherSchema ? .schemaVersion : .protocolViolation, text: "\(error)")
  }
}

/// The key of a session.
struct SessionKey: Hashable {
  let key: CurvePublicKey
  let name: String
}

/// One connected peer, from its Hello until it leaves or its connection ends. Used by the I/O thread alone.
final class PeerSession {
  /// Messages a second, and at once, of the kinds that cost the learner an answer and the peer no credit. An
  /// acknowledgement allows one more, because it may name a policy version that the worker then asks for.
  private static let freeMessagesPerSecond = 500.0
  private static let freeMessagesAtOnce = 1_000

  let peer: PeerID
  let role: Role
  /// The peer's name in the log, unique among connected peers: that of its key, or without keys the one it asked for.
  let name: String
  /// The host that the peer says it is on.
  let host: String
  /// Numeric address of the peer.
  let address: String
  /// The key that the peer proved to own, and its name; nil without CURVE.
  let key: SessionKey?
  /// Counts the sessions of this learner process, from 1.
  let number: UInt64
  /// The number that the peer's messages must carry; nobody else can guess it.
  let token = UInt64.random(in: 1 ... .max)
  private var liveness: PeerLiveness
  private var freeMessages = TokenBucket(perSecond: freeMessagesPerSecond, burst: freeMessagesAtOnce)
  /// Messages that acknowledgements allow and the peer has not sent.
  private var allowedMessages = 0
  /// Unrolls that the peer may send.
  private var credits: CreditAccount
  /// Whether the worker is ready to play; its first request for a policy says so.
  var isReady = false
  /// Credits that the peer may still get: those never granted, and those of unrolls that left the queue.
  private(set) var owedCredits: Int
  /// Number of the latest grant of credits among those to all peers; 0 before the first.
  private(set) var latestGrant: UInt64 = 0
  /// Rollout threads that the peer says it has; at least 1.
  let threads: Int
  /// Number of the last trajectory. Numbers must rise, so that none is trained on twice.
  private(set) var lastSequence: UInt64 = 0
  /// Global caption ids by the worker's own ids; index 0 means "no caption".
  private(set) var globalCaptions: [CaptionID] = [0]
  private(set) var latestHeartbeat: Heartbeat?
  /// What the worker has done between its latest two heartbeats.
  private(set) var recentWork = WorkerActivity()

  /// - Parameters:
  ///   - credits: unrolls that the peer may have unacknowledged.
  init(
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
  var creditLimit: Int { credits.limit }

  /// The peer sent something.
  func heard(now: Double) { liveness.heard(now: now) }

  /// Counts a message that costs no credit.
  /// - Throws: `PeerFault` if there are too many.
  func countFreeMessage(now: Double) throws(PeerFault) {
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
  func take(_ heartbeat: Heartbeat) {
    if let latestHeartbeat { recentWork = WorkerActivity(from: latestHeartbeat, to: heartbeat) }
    latestHeartbeat = heartbeat
  }

  /// Whether the peer has missed too many heartbeats.
  func isSilent(now: Double) -> Bool { liveness.isGone(now: now) }

  /// Seconds since the peer last sent something.
  func silentSeconds(now: Double) -> Double { max(0, now - liveness.lastHeard) }

  // MARK: Trajectories

  /// Accepts the number of a trajectory and takes a credit for it.
  /// - Throws: `PeerFault` if the number does not rise or the peer has no credit.
  func accept(trajectory sequence: UInt64) throws(PeerFault) {
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
  func add(captions: [[UInt8]], first: Int, intern: ([UInt8]) -> CaptionID) throws(PeerFault) {
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

  /// One of the peer's unrolls has left the queue.
  func oweCredit() { owedCredits += 1 }

  /// Credits granted to the peer whose unrolls the trainer has not taken yet.
  var creditsInFlight: Int { credits.limit - owedCredits }

  /// Credits that the peer has and has not used.
  var heldCredits: Int { credits.available }

  /// `count` of the owed credits have been sent to the peer.
  /// - Parameter number: counts the grants to all peers.
  func grant(_ count: Int, number: UInt64) {
    latestGrant = number
    // Owed credits are outstanding, so the account cannot overflow.
    try? credits.grant(count)
    allowedMessages = min(allowedMessages + 1, Self.freeMessagesAtOnce)
    owedCredits -= count
  }
}
