import Configuration
import Transport
import Wire

/// What the learner grants a peer: how long it may be silent and how many unrolls it may have unacknowledged.
package struct SessionTerms {
  package let heartbeatSeconds: Double
  /// Heartbeats that a peer may miss.
  package let tolerance: Int
  /// Unrolls that each of a worker's groups may have unacknowledged.
  package let creditsPerGroup: Int
  package let groupsPerThread: Int
  /// Credits that a thread needs to begin an unroll; fewer are never granted at once.
  package let creditsPerGrant: Int
  private let configuredThreads: Int

  /// - Parameter inline: all roles share one thread, on which no peer is ever silent.
  package init(_ configuration: RunConfiguration, inline: Bool) {
    let learner = configuration.learner
    let unroll = configuration.unrollFrames
    heartbeatSeconds = inline ? WireLimits.maximumSeconds : configuration.transport.heartbeatSeconds
    tolerance = configuration.transport.liveness
    // One group alone must be able to fill a batch.
    creditsPerGroup = max(learner.credits, (learner.batchSize + unroll - 1) / unroll)
    groupsPerThread = configuration.worker.groupsPerThread
    creditsPerGrant = configuration.worker.doubleBuffered ? 2 : 1
    configuredThreads = configuration.worker.threads
  }

  /// Credits that an honest worker of a long queue can hold.
  package func creditLimit(for hello: Hello) -> Int {
    creditLimit(threads: max(Int(hello.threads), configuredThreads))
  }

  /// Credits that `threads` rollout threads can use.
  package func creditLimit(threads: Int) -> Int { max(threads, 1) * groupsPerThread * creditsPerGroup }
}

/// Peers that the learner has turned away since it started.
package struct PeerStatistics: Sendable, Equatable {
  /// Messages and connections refused: by key, by a mistake, or because a message came before Hello.
  package var refused = 0
  /// Connections that the learner no longer listens to.
  package var banned = 0

  package init(refused: Int = 0, banned: Int = 0) {
    self.refused = refused
    self.banned = banned
  }
}

/// What sessions may take. Every peer that may connect can use all of it.
package struct SessionLimits {
  /// Sessions at a time. A role's sessions leave the places of other roles free.
  package var workers = 1_024
  package var annotators = 256
  /// Observers ask for the status and leave: the oldest one makes place for the next.
  package var observers = 64
  /// Credits of one worker: more unrolls than the queue holds would be discarded.
  package var creditsPerWorker: Int
  /// Credits of all workers. A worker gets at most half of what is left, so that none takes all.
  package var credits: Int

  /// - Parameter queuedUnrolls: unrolls that the queue holds.
  package init(queuedUnrolls: Int) {
    creditsPerWorker = queuedUnrolls
    credits = 4 * queuedUnrolls
  }

  package func sessions(of role: Role) -> Int {
    switch role {
    case .worker: workers
    case .annotator: annotators
    case .observer: observers
    }
  }
}

/// Facts about the run that every peer receives when it joins.
package struct RunIdentity: Sendable {
  /// The run's number for its whole life, which tells a peer that reconnects whether it has found the same run; not 0.
  package let runID: UInt64
  package let runName: String
  /// The resolved configuration's text.
  package let configuration: String
  /// Hash of what workers depend on.
  package let configurationHash: [UInt8]

  package init(runID: UInt64, runName: String, configuration: String, configurationHash: [UInt8]) {
    self.runID = runID
    self.runName = runName
    self.configuration = configuration
    self.configurationHash = configurationHash
  }
}

/// The connected peers, each known by its connection. Used by the I/O thread alone.
package final class PeerSessions {
  package let terms: SessionTerms
  private let limits: SessionLimits
  private let run: RunIdentity
  private var sessions: [PeerID: PeerSession] = [:]
  private var nextNumber: UInt64 = 1
  package private(set) var statistics = PeerStatistics()

  package init(_ terms: SessionTerms, limits: SessionLimits, run: RunIdentity) {
    self.terms = terms
    self.limits = limits
    self.run = run
  }

  package subscript(peer: PeerID) -> PeerSession? { sessions[peer] }

  package var isEmpty: Bool { sessions.isEmpty }

  /// All sessions in the order in which they began.
  package var all: [PeerSession] { sessions.values.sorted { $0.number < $1.number } }

  package func count(_ role: Role) -> Int { sessions.values.count { $0.role == role } }

  /// The peers of these sources that are still connected get a credit each.
  package func oweCredits(to sources: [PeerID]) {
    for source in sources { sessions[source]?.oweCredit() }
  }

  /// Sessions that may get credits.
  package var creditors: [PeerSession] { sessions.values.filter(wantsCredit) }

  /// Whether a session may get credits.
  package var areCreditsWanted: Bool { sessions.values.contains(where: wantsCredit) }

  private func wantsCredit(_ session: PeerSession) -> Bool {
    session.isReady && session.owedCredits >= terms.creditsPerGrant
  }

  /// Unrolls of all workers that were granted and that the trainer has not taken.
  package var creditsInFlight: Int { sessions.values.reduce(0) { $0 + $1.creditsInFlight } }

  /// Sessions that have missed too many heartbeats.
  package func silent(now: Double) -> [PeerSession] { sessions.values.filter { $0.isSilent(now: now) } }

  /// The session that makes place for a new one of `role`; nil if there is place, or none has to.
  package func displaced(by role: Role) -> PeerSession? {
    guard role == .observer, count(role) >= limits.observers else { return nil }
    return sessions.values.filter { $0.role == role }.min { $0.number < $1.number }
  }

  /// Begins the session of a peer that said Hello.
  /// - Parameters:
  ///   - identity: what is known of the peer's connection.
  ///   - entry: the entry of its key in the list of allowed keys; nil without CURVE.
  /// - Throws: `PeerFault` if the peer has a session, its key does not allow this one, it belongs to another run or
  ///   configuration, or there is no place.
  package func admit(
    _ hello: Hello, from peer: PeerID, identity: PeerIdentity, entry: AllowedKey?, now: Double
  ) throws(PeerFault) -> PeerSession {
    if sessions[peer] != nil { throw PeerFault(.protocolViolation, "a second Hello") }
    let key = try allowedKey(identity, entry, hello.role)
    try expectThisRun(hello)
    if let entry, let key, let most = entry.sessions, sessions.values.count(where: { $0.key == key }) >= most {
      throw PeerFault(
        .full,
        "the key \(key.name) is in use in \(most == 1 ? "another session" : "\(most) sessions"); every process "
          + "needs its own key, or a line such as sessions = \(most + 1) in \(key.name).public")
    }
    guard count(hello.role) < limits.sessions(of: hello.role) else {
      throw PeerFault(.full, "\(limits.sessions(of: hello.role)) \(hello.role)s are connected already")
    }
    let session = PeerSession(
      peer: peer, hello: hello, name: uniqueName(hello, key), address: identity.address, key: key, number: nextNumber,
      credits: try credits(for: hello),
      liveness: PeerLiveness(interval: terms.heartbeatSeconds, tolerance: terms.tolerance, now: now))
    nextNumber += 1
    sessions[peer] = session
    return session
  }

  /// Ends a session.
  package func remove(_ peer: PeerID) -> PeerSession? { sessions.removeValue(forKey: peer) }

  // MARK: Refusals

  /// Counts a refusal.
  /// - Parameter banned: whether it costs the peer its connection.
  package func countRefusal(banned: Bool) {
    statistics.refused += 1
    if banned { statistics.banned += 1 }
  }

  // MARK: Parts

  private func allowedKey(
    _ identity: PeerIdentity, _ entry: AllowedKey?, _ role: Role
  ) throws(PeerFault) -> SessionKey? {
    guard let key = identity.key else { return nil }
    guard let entry else { throw PeerFault(.forbidden, "the key \(key) is not allowed any more") }
    guard let needed = KeyRole(rawValue: "\(role)"), entry.allows(needed) else {
      throw PeerFault(.forbidden, "the key \(entry.name) is not for a peer of the role \(role)")
    }
    return SessionKey(key: key, name: entry.name)
  }

  private func expectThisRun(_ hello: Hello) throws(PeerFault) {
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
  }

  /// Follows the number of rollout threads that a worker, which may be a relay, says it has now.
  /// - Returns: whether its credits have changed.
  package func resize(_ session: PeerSession, threads: Int) -> Bool {
    guard session.role == .worker, threads > 0 else { return false }
    let left = limits.credits - sessions.values.reduce(0) { $0 + $1.creditLimit }
    let wanted = min(
      terms.creditLimit(threads: threads), limits.creditsPerWorker, session.creditLimit + max(0, left / 2))
    guard threads != session.threads || wanted != session.creditLimit else { return false }
    session.resize(threads: threads, limit: wanted)
    return true
  }

  /// The credits of a new worker.
  private func credits(for hello: Hello) throws(PeerFault) -> Int {
    guard hello.role == .worker else { return 0 }
    let left = limits.credits - sessions.values.reduce(0) { $0 + $1.creditLimit }
    let granted = min(terms.creditLimit(for: hello), limits.creditsPerWorker, left / 2)
    guard granted >= terms.groupsPerThread else { throw PeerFault(.full, "the run's workers have all its credits") }
    return granted
  }

  /// The key's name, or without keys the name that the peer asks for, "NAME.2" if it is taken; without one, its role's letter
  /// and a number.
  private func uniqueName(_ hello: Hello, _ key: SessionKey?) -> String {
    let taken = Set(sessions.values.map(\.name))
    let wanted = key?.name ?? hello.name
    if wanted.isEmpty {
      let letter = "\(hello.role)".prefix(1)
      return (0...).lazy.map { "\(letter)\($0)" }.first { !taken.contains($0) } ?? "\(letter)"
    }
    if !taken.contains(wanted) { return wanted }
    return (2...).lazy.map { "\(wanted).\($0)" }.first { !taken.contains($0) } ?? wanted
  }

  /// The first characters of a configuration's hash, which is text already.
  private func hexPrefix(_ hash: [UInt8]) -> String { String(decoding: hash.prefix(12), as: UTF8.self) }
}

extension Welcome {
  /// The answer to a peer whose session has begun.
  /// - Parameter seed: makes the seeds of a worker's episodes.
  package init(
    _ session: PeerSession, of run: RunIdentity, _ terms: SessionTerms, layout: RunLayout, limits: WireLimits,
    seed: UInt64
  ) {
    self.init(
      peerName: session.name, runName: run.runName, configuration: run.configuration,
      configurationHash: run.configurationHash, seed: seed, layout: layout, heartbeatSeconds: terms.heartbeatSeconds,
      heartbeatTolerance: terms.tolerance, maximumMessageBytes: limits.maximumMessageBytes, runID: run.runID,
      session: session.token, creditLimit: UInt32(session.creditLimit))
  }
}
