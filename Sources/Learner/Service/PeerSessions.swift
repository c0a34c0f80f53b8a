import Configuration
import Transport
import Wire

/// What the learner grants a peer: how long it may be silent and how many unrolls it may have unacknowledged.
struct SessionTerms {
  let heartbeatSeconds: Double
  /// Heartbeats that a peer may miss.
  let tolerance: Int
  /// Unrolls that each of a worker's groups may have unacknowledged.
  let creditsPerGroup: Int
  private let groupsPerThread: Int
  private let configuredThreads: Int

  /// - Parameter inline: all roles share one thread, on which no peer is ever silent.
  init(_ configuration: RunConfiguration, inline: Bool) {
    let learner = configuration.learner
    let unroll = configuration.unrollFrames
    heartbeatSeconds = inline ? WireLimits.maximumSeconds : configuration.transport.heartbeatSeconds
    tolerance = configuration.transport.liveness
    // One group alone must be able to fill a batch.
    creditsPerGroup = max(learner.credits, (learner.batchSize + unroll - 1) / unroll)
    groupsPerThread = configuration.worker.groupsPerThread
    configuredThreads = configuration.worker.threads
  }

  /// Credits that an honest peer can hold.
  func creditLimit(for hello: Hello) -> Int {
    guard hello.role == .worker else { return 0 }
    return max(Int(hello.threads), configuredThreads, 1) * groupsPerThread * creditsPerGroup
  }
}

/// Peers that the learner has turned away since it started.
struct PeerStatistics: Sendable, Equatable {
  /// Messages and connections refused: by key, by a mistake, or because a message came before Hello.
  var refused = 0
  /// Connections that the learner no longer listens to.
  var banned = 0
}

/// The connected peers, and the connections that the learner no longer listens to. Used by the I/O thread alone.
final class PeerSessions {
  /// Peers at a time; the learner refuses the next one.
  static let maximumPeers = 1024
  /// Banned connections that are remembered.
  static let maximumBanned = 4096

  let terms: SessionTerms
  private let run: RunIdentity
  private var sessions: [PeerID: PeerSession] = [:]
  private var banned: Set<PeerID> = []
  private var nextNumber: UInt64 = 1
  private(set) var statistics = PeerStatistics()

  init(_ terms: SessionTerms, run: RunIdentity) {
    self.terms = terms
    self.run = run
  }

  subscript(peer: PeerID) -> PeerSession? { sessions[peer] }

  var isEmpty: Bool { sessions.isEmpty }

  /// All sessions in the order in which they began.
  var all: [PeerSession] { sessions.values.sorted { $0.number < $1.number } }

  func count(_ role: Role) -> Int { sessions.values.count { $0.role == role } }

  /// The peers of these sources that are still connected get a credit each.
  func oweCredits(to sources: [PeerID]) {
    for source in sources { sessions[source]?.oweCredit() }
  }

  /// Sessions to which credits are owed.
  var creditors: [PeerSession] { sessions.values.filter { $0.owedCredits > 0 } }

  /// Sessions that have missed too many heartbeats.
  func silent(now: Double) -> [PeerSession] { sessions.values.filter { $0.isSilent(now: now) } }

  /// Begins the session of a peer that said Hello.
  /// - Throws: `PeerFault` if the peer has a session, the table is full, or the peer belongs to another run or configuration.
  func admit(_ hello: Hello, from peer: PeerID, now: Double) throws(PeerFault) -> PeerSession {
    if sessions[peer] != nil { throw PeerFault(.protocolViolation, "a second Hello") }
    guard sessions.count < Self.maximumPeers else {
      throw PeerFault(.full, "\(Self.maximumPeers) peers are connected already")
    }
    if hello.runID != 0, hello.runID != run.runID {
      throw PeerFault(
        .otherRun, "this is the learner of run \(run.runName), which is not the run that this peer worked for")
    }
    if !hello.configurationHash.isEmpty, hello.configurationHash != run.configurationHash {
      throw PeerFault(
        .configuration,
        "this peer has the configuration \(hexPrefix(hello.configurationHash)), the run has "
          + "\(hexPrefix(run.configurationHash)); restart the peer")
    }
    let session = PeerSession(
      peer: peer, hello: hello, name: uniqueName(hello), number: nextNumber, credits: terms.creditLimit(for: hello),
      liveness: PeerLiveness(interval: terms.heartbeatSeconds, tolerance: terms.tolerance, now: now))
    nextNumber += 1
    sessions[peer] = session
    return session
  }

  /// Ends a session.
  func remove(_ peer: PeerID) -> PeerSession? { sessions.removeValue(forKey: peer) }

  // MARK: Refusals

  func isBanned(_ peer: PeerID) -> Bool { banned.contains(peer) }

  /// Counts a refusal that needs no ban, such as a wrong key.
  func countRefusal() { statistics.refused += 1 }

  /// The learner no longer listens to this connection, unless it only has to say Hello first.
  func ban(_ peer: PeerID, for reason: Wire.RefusalReason) {
    statistics.refused += 1
    guard reason != .unknownPeer else { return }
    if banned.count >= Self.maximumBanned { banned.removeAll() }
    if banned.insert(peer).inserted { statistics.banned += 1 }
  }

  // MARK: Parts

  /// The name that the peer asks for, "NAME.2" if it is taken; without one, its role's letter and a number.
  private func uniqueName(_ hello: Hello) -> String {
    let taken = Set(sessions.values.map(\.name))
    if hello.name.isEmpty {
      let letter = "\(hello.role)".prefix(1)
      return (0...).lazy.map { "\(letter)\($0)" }.first { !taken.contains($0) } ?? "\(letter)"
    }
    if !taken.contains(hello.name) { return hello.name }
    return (2...).lazy.map { "\(hello.name).\($0)" }.first { !taken.contains($0) } ?? hello.name
  }

  /// The first characters of a configuration's hash, which is text already.
  private func hexPrefix(_ hash: [UInt8]) -> String { String(decoding: hash.prefix(12), as: UTF8.self) }
}
