import Transport
import Wire

/// Who may come, and who has to leave: it admits peers, refuses them, and ends the sessions of those that are gone, silent,
/// beyond a limit, or whose key was revoked. Used by the I/O thread alone.
package final class PeerGate {
  private let channel: PeerChannel
  private let sessions: PeerSessions
  /// Called when a session has ended; what it returns completes the log's line.
  private let ended: (PeerSession) -> String
  private let authenticator: Authenticator?
  /// nil without keys.
  private let keys: KeyWatch?
  private let log: PeerLog

  package init(
    channel: PeerChannel, sessions: PeerSessions, authenticator: Authenticator?, keys: KeyWatch?, log: PeerLog,
    ended: @escaping (PeerSession) -> String
  ) {
    self.channel = channel
    self.sessions = sessions
    self.ended = ended
    self.authenticator = authenticator
    self.keys = keys
    self.log = log
  }

  // MARK: Coming

  /// Decides about new connections, and ends the sessions of keys that were revoked or have expired.
  package func authenticate(now: Double) throws {
    guard let authenticator, let keys else { return }
    try authenticator.pump {
      sessions.countRefusal(banned: false)
      log.refused("\($0)", of: $0.address, now: now)
    }
    guard keys.isDue(now: now) else { return }
    for session in sessions.all {
      guard let key = session.key, keys.entry(of: key.key) == nil else { continue }
      refuse(
        session.peer, Refused(reason: .forbidden, text: "the key \(key.name) was revoked or has expired"), now: now)
    }
  }

  /// Begins the session of a peer that said Hello.
  /// - Returns: nil if its connection has ended.
  /// - Throws: `PeerFault` if it is not admitted.
  package func admit(_ hello: Hello, from peer: PeerID, now: Double) throws(PeerFault) -> PeerSession? {
    guard let identity = channel.identity(of: peer) else { return nil }
    if let oldest = sessions.displaced(by: hello.role) {
      refuse(oldest.peer, Refused(reason: .full, text: "another \(oldest.role) needs the place"), now: now)
    }
    return try sessions.admit(
      hello, from: peer, identity: identity, entry: identity.key.flatMap { keys?.entry(of: $0) }, now: now)
  }

  // MARK: Leaving

  /// The peer said Goodbye.
  package func leave(_ peer: PeerID, _ reason: String, now: Double) {
    end(peer, reason, now: now)
    channel.dismiss(peer)
  }

  /// Sends the reason, and takes no more messages of this connection unless the peer only has to say Hello.
  package func refuse(_ peer: PeerID, _ refused: Refused, now: Double) {
    let (name, address) = (sessions[peer]?.name, channel.identity(of: peer)?.address ?? "an ended connection")
    log.refused("\(name ?? "a peer at \(address)"): \(refused.text)", of: name ?? address, now: now)
    channel.send(.refused(refused), to: peer)
    end(peer, "refused", now: now)
    let isBanned = refused.reason != .unknownPeer
    sessions.countRefusal(banned: isBanned)
    if isBanned { channel.dismiss(peer) }
  }

  /// Ends the sessions of peers that are silent, and of peers that missed a message. One that still lives says Hello again.
  package func dropLostPeers(now: Double) {
    for (peer, result) in channel.takeUndelivered() {
      end(peer, result == .full ? "it takes no more messages" : "its connection is gone", now: now)
    }
    for session in sessions.silent(now: now) {
      end(session.peer, "\(sessions.terms.tolerance) heartbeats missed", now: now)
    }
  }

  /// Ends the sessions of connections that ended, and cuts connections that take too much.
  package func endLostConnections(now: Double) {
    for lost in channel.supervise(now: now) {
      let session = lost.peer.flatMap { sessions[$0] }
      if let reason = lost.cutReason {
        sessions.countRefusal(banned: true)
        let text = "\(session?.name ?? "a connection from \(lost.address)"): \(reason)"
        log.refused(text, of: session?.name ?? lost.address, now: now)
      }
      if let session { end(session.peer, lost.cutReason ?? "its connection is gone", now: now) }
    }
  }

  /// Ends a peer's session.
  private func end(_ peer: PeerID, _ reason: String, now: Double) {
    guard let session = sessions.remove(peer) else { return }
    log.left(session, reason + ended(session), now: now)
    channel.release(peer)
  }
}
