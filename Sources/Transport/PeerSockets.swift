import CZeroMQ
import Glibc
import Runtime

/// Who may connect to a listening socket.
public enum ListenSecurity {
  /// Every process of this machine: loopback addresses and inproc only, not encrypted.
  case loopback
  /// Owners of a key that `Authenticator` allows; encrypted. The authenticator is part of the value because without one
  /// libzmq admits every peer that knows the public key.
  case curve(CurveKeyPair, Authenticator)
}

/// The learner's end: one listening socket that distinguishes its peers by their connections, and cuts those that take more
/// than they may. Used by one thread at a time, which calls `supervise` regularly.
public final class RouterSocket {
  let socket: Socket
  /// Reports connections that begin and end; readable whenever `receive` has something to do for them.
  let monitor: SocketMonitor
  private let table: ConnectionTable
  /// It also keeps the authenticator alive for as long as the socket admits connections.
  private let security: ListenSecurity

  /// A socket that does not listen yet.
  public init(
    _ context: MessagingContext, options: SocketOptions, security: ListenSecurity = .loopback,
    limits: ConnectionLimits = ConnectionLimits()
  ) throws(TransportError) {
    RoutingIDs.makeUnpredictable
    socket = try Socket(context, kind: ZMQ_ROUTER)
    monitor = try SocketMonitor(socket, watching: SocketMonitor.accepting)
    table = ConnectionTable(limits)
    self.security = security
    try socket.apply(options)
    if case .curve(let keys, _) = security {
      try socket.set(ZMQ_CURVE_SERVER, 1)
      try socket.set(ZMQ_CURVE_SECRETKEY, keys.secretKey.text)
      try socket.set(ZMQ_ZAP_DOMAIN, Authenticator.domain)
    }
    try socket.set(ZMQ_ROUTER_MANDATORY, 1)
  }

  /// Listens on `endpoint`, in addition to earlier ones.
  /// - Throws: `TransportError.keysRequired` for an address that other machines reach when the socket has no keys,
  ///   `addressInUse`, `invalidEndpoint`.
  public func bind(_ endpoint: Endpoint) throws(TransportError) {
    if case .loopback = security, !endpoint.isLoopback { throw .keysRequired(endpoint.description) }
    try socket.bind(endpoint)
    if case .inproc = endpoint { table.hasLocalPeers = true }
  }

  /// The address the latest `bind` really took: the port is never 0.
  public var boundEndpoint: Endpoint {
    get throws(TransportError) { try socket.boundEndpoint() }
  }

  /// The next message of a peer that may send, or nil if none is waiting.
  public func receive() throws(TransportError) -> Multipart? {
    while let message = try socket.receive(routed: true) {
      // libzmq attaches what it knows of the connection to every frame but the routing id.
      guard let source = message.frames.first else { continue }
      let origin = try table.origin(of: message.route, source) { () throws(TransportError) in
        try takeEvents(MonotonicClock.seconds)
      }
      guard let origin, table.admits(origin, bytes: message.byteCount) else { continue }
      return Multipart(
        peer: PeerID(message.route, connection: origin.number), frames: message.frames,
        droppedFrames: message.droppedFrames)
    }
    // In this order: an event that is taken here was reported before the socket was found empty.
    table.drained()
    try takeEvents(MonotonicClock.seconds)
    return nil
  }

  /// Hands a message to `peer`'s queue without waiting.
  public func send(_ frames: [Frame], to peer: PeerID) throws(TransportError) -> SendResult {
    guard table.connection(of: peer) != nil else { return .unreachable }
    return try socket.send(frames, to: peer.route)
  }

  // MARK: Peers

  /// Numeric address of `peer`; nil if its connection is over.
  public func address(of peer: PeerID) -> String? { table.connection(of: peer)?.address }

  /// The key that `peer` proved to own; nil without CURVE, or if its connection is over.
  public func key(of peer: PeerID) -> CurvePublicKey? { table.connection(of: peer)?.key }

  /// The application has admitted `peer`, whose connection no longer has the limits of newcomers.
  /// - Parameter pendingBytes: bytes that may arrive beyond the messages taken.
  public func admit(_ peer: PeerID, pendingBytes: Int) {
    table.connection(of: peer)?.admit(pendingLimit: pendingBytes)
  }

  /// `peer` is a newcomer again.
  public func release(_ peer: PeerID) { table.release(peer, now: MonotonicClock.seconds) }

  /// Takes no more messages of `peer`, and cuts its connection when the last message to it has had time to arrive.
  public func dismiss(_ peer: PeerID) { table.connection(of: peer)?.dismiss(now: MonotonicClock.seconds) }

  /// Cuts connections that are beyond their limits.
  public func supervise(now: Double) { table.supervise(now: now) }

  /// When `supervise` is due next, in seconds of `MonotonicClock`; infinite without connections.
  public var nextSupervision: Double { table.nextLook }

  /// Connections that ended since the last call, whose messages were all taken.
  public func takeEnded() -> [EndedConnection] { table.takeEnded() }

  private func takeEvents(_ now: Double) throws(TransportError) {
    while let (number, value) = try monitor.nextNumber() {
      let descriptor = Int32(truncatingIfNeeded: value)
      if number == ZMQ_EVENT_ACCEPTED {
        table.accepted(descriptor, now: now)
      } else {
        table.ended(descriptor, now: now)
      }
    }
  }
}

/// libzmq gives a connection without a routing id the next number, as a ROUTER's first one comes from rand(), and ends the
/// process if a peer has already chosen that number.
private enum RoutingIDs {
  /// Seeds rand() from the system's entropy, once. A peer can hold only as many chosen ids as there may be newcomers, since
  /// a connection that shows a chosen id is cut: with 256 of them a connection meets one with a probability of
  /// 256 / 2^32, which makes one in a thousand after 16,800 connections.
  static let makeUnpredictable: Void = srand(UInt32.random(in: .min ... .max))
}

/// How a connecting socket proves its identity.
public enum ConnectSecurity: Sendable, Hashable {
  /// Without a key: loopback addresses and inproc only, not encrypted.
  case loopback
  /// With the key pair `own`, and only to the owner of `learner`; encrypted.
  case curve(own: CurveKeyPair, learner: CurvePublicKey)
}

/// A peer's end: one connection to a learner, which libzmq makes again when it breaks.
///
/// libzmq does not retry a connection that the learner refused (`SocketMonitor`): make a new socket after a pause.
/// Used by one thread at a time.
public final class DealerSocket {
  let socket: Socket
  private let security: ConnectSecurity

  /// A socket that is not connected yet.
  public init(
    _ context: MessagingContext, options: SocketOptions, security: ConnectSecurity = .loopback
  ) throws(TransportError) {
    socket = try Socket(context, kind: ZMQ_DEALER)
    self.security = security
    try socket.apply(options)
    guard case .curve(let own, let learner) = security else { return }
    try socket.set(ZMQ_CURVE_SERVERKEY, learner.text)
    try socket.set(ZMQ_CURVE_PUBLICKEY, own.publicKey.text)
    try socket.set(ZMQ_CURVE_SECRETKEY, own.secretKey.text)
  }

  /// Starts connecting; the learner may start to listen later. Call it once.
  /// - Throws: `TransportError.keysRequired` for an address on another machine when the socket has no keys.
  public func connect(_ endpoint: Endpoint) throws(TransportError) {
    if case .loopback = security, !endpoint.isLoopback { throw .keysRequired(endpoint.description) }
    try socket.connect(endpoint)
  }

  /// The next message, or nil if none is waiting.
  public func receive() throws(TransportError) -> Multipart? {
    try socket.receive(routed: false).map {
      Multipart(peer: PeerID([]), frames: $0.frames, droppedFrames: $0.droppedFrames)
    }
  }

  /// Hands a message to the queue without waiting. `.full` also says that there is no connection at the moment.
  public func send(_ frames: [Frame]) throws(TransportError) -> SendResult {
    try socket.send(frames, to: nil)
  }

  /// Reports what happens to the connection from now on; call before `connect`.
  public func monitor() throws(TransportError) -> SocketMonitor { try SocketMonitor(socket) }
}
