import Transport
import Wire

/// What the learner knows of one connected peer.
struct PeerSession {
  let peer: PeerID
  let role: Role
  /// The name on the log, unique among those connected.
  let name: String
  /// Counts the sessions of this learner process.
  let number: UInt64
  var host = ""
  var liveness: PeerLiveness
  /// Unrolls the peer may send.
  var credits: CreditAccount
  /// Credits that consumed unrolls earned and that have not been handed back yet.
  var creditsOwed = 0
  /// Number of the last trajectory; they must rise, so that none is trained on twice.
  var lastSequence: UInt64 = 0
  let captions = PeerCaptions()
  private(set) var latestHeartbeat: Heartbeat?
  /// How the worker's threads spent the time between its latest two heartbeats.
  private(set) var recentTimes = RolloutTimes()

  init(
    peer: PeerID, role: Role, name: String, number: UInt64, credits: Int, heartbeatSeconds: Double, liveness: Int,
    now: Double
  ) {
    self.peer = peer
    self.role = role
    self.name = name
    self.number = number
    self.liveness = PeerLiveness(interval: heartbeatSeconds, tolerance: liveness, now: now)
    self.credits = CreditAccount(limit: credits)
  }

  /// Takes in a heartbeat. Its counters are those of the peer's life, which may be longer than the session's.
  mutating func heard(_ heartbeat: Heartbeat) {
    recentTimes = latestHeartbeat.map { heartbeat.times - $0.times } ?? RolloutTimes()
    latestHeartbeat = heartbeat
  }

  /// What was owed has been sent.
  mutating func returnCredits() {
    // Owed credits were spent before, so the account cannot overflow.
    try? credits.grant(creditsOwed)
    creditsOwed = 0
  }
}

/// What costs a peer its connection, in the words it is told.
struct PeerFault: Error {
  let refused: Refused

  init(_ reason: Wire.RefusalReason, _ text: String) { refused = Refused(reason: reason, text: text) }

  /// A message that could not be read.
  init(_ error: WireError) {
    if case .otherSchemaVersion = error {
      self.init(.schemaVersion, "\(error)")
    } else {
      self.init(.protocolViolation, "\(error)")
    }
  }
}
