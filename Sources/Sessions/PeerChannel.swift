import Telemetry
import Transport
import Wire

/// What is known of a peer before it says anything.
package struct PeerIdentity {
  /// Numeric address.
  package let address: String
  /// The key that it proved to own; nil without CURVE.
  package let key: CurvePublicKey?
}

/// Messages to and from peers over the learner's socket. Used by the I/O thread alone.
package final class PeerChannel {
  private let socket: RouterSocket
  private let codec: WireCodec
  private let log: LogWriter
  private var sequence: UInt64 = 0
  /// Bytes of one peer that may wait, whatever its credits.
  private static let maximumPendingBytes = 256 << 20
  /// Peers that missed a message since the last look, and why.
  private var undelivered: [PeerID: SendResult] = [:]

  package init(socket: RouterSocket, codec: WireCodec, log: LogWriter) {
    self.socket = socket
    self.codec = codec
    self.log = log
  }

  /// The next message, not decoded yet; nil if there is none.
  package func receive() throws -> Multipart? { try socket.receive() }

  /// - Throws: `WireError` for a message that breaks the protocol.
  package func decode(_ message: Multipart) throws(WireError) -> Envelope {
    try codec.decode(message.frames)
  }

  /// Sends a message; one that the socket does not take is lost, and the peer is among `takeUndelivered`.
  /// - Returns: whether the socket took it.
  @discardableResult
  package func send(_ message: Message, tensors: [TensorFrame] = [], to peer: PeerID) -> Bool {
    sequence += 1
    let envelope = Envelope(sequence: sequence, message: message, tensors: tensors)
    do {
      let result = try socket.send(codec.encode(envelope), to: peer)
      if result != .sent { undelivered[peer] = result }
      return result == .sent
    } catch {
      log.error("sending to peer \(peer): \(error)")
      return false
    }
  }

  // MARK: Connections

  /// Who is at the other end of `peer`'s connection; nil if it is over.
  package func identity(of peer: PeerID) -> PeerIdentity? {
    socket.address(of: peer).map { PeerIdentity(address: $0, key: socket.key(of: peer)) }
  }

  /// A session has begun: its messages have come this far, and `unrollBytes` of them may wait.
  package func admit(_ peer: PeerID, credits: Int, unrollBytes: Int) {
    // One unroll more for what surrounds the tensors, and an envelope with the session's first captions.
    let unrolls = min(Double(credits + 1) * Double(unrollBytes), Double(Self.maximumPendingBytes))
    socket.admit(peer, pendingBytes: 2 * codec.limits.maximumHeaderBytes + Int(unrolls))
  }

  /// The peer has to say Hello again.
  package func release(_ peer: PeerID) { socket.release(peer) }

  /// Ignores the peer from now on, and cuts its connection when the last message to it has had time to arrive.
  package func dismiss(_ peer: PeerID) { socket.dismiss(peer) }

  /// Cuts connections that are beyond their limits.
  /// - Returns: the connections that ended since the last call.
  package func supervise(now: Double) -> [EndedConnection] {
    socket.supervise(now: now)
    return socket.takeEnded()
  }

  /// Seconds until `supervise` is due.
  package func secondsToWait(now: Double) -> Double { max(0, socket.nextSupervision - now) }

  /// Peers that missed a message since the last call. They would wait for it without end, so the learner drops them.
  package func takeUndelivered() -> [PeerID: SendResult] {
    defer { undelivered = [:] }
    return undelivered
  }
}
