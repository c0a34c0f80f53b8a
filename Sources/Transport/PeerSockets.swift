import CZeroMQ

/// Who may connect to a listening socket.
public enum ListenSecurity {
  /// Every process of this machine: loopback addresses and inproc only, not encrypted.
  case loopback
  /// Owners of a key that `Authenticator` allows; encrypted. The authenticator is part of the value because without one
  /// libzmq admits every peer that knows the public key.
  case curve(CurveKeyPair, Authenticator)
}

/// The learner's end: one listening socket that distinguishes its peers. Used by one thread at a time.
public final class RouterSocket {
  let socket: Socket
  /// It also keeps the authenticator alive for as long as the socket admits connections.
  private let security: ListenSecurity

  /// A socket that does not listen yet.
  public init(
    _ context: MessagingContext, options: SocketOptions, security: ListenSecurity = .loopback
  ) throws(TransportError) {
    socket = try Socket(context, kind: ZMQ_ROUTER)
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
  }

  /// The address the latest `bind` really took: the port is never 0.
  public var boundEndpoint: Endpoint {
    get throws(TransportError) { try socket.boundEndpoint() }
  }

  /// The next message, or nil if none is waiting.
  public func receive() throws(TransportError) -> Multipart? { try socket.receive(routed: true) }

  /// Hands a message to `peer`'s queue without waiting.
  public func send(_ frames: [Frame], to peer: PeerID) throws(TransportError) -> SendResult {
    try socket.send(frames, to: peer)
  }

  /// Reports what happens to the socket's connections from now on.
  public func monitor() throws(TransportError) -> SocketMonitor { try SocketMonitor(socket) }
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
  public func receive() throws(TransportError) -> Multipart? { try socket.receive(routed: false) }

  /// Hands a message to the queue without waiting. `.full` also says that there is no connection at the moment.
  public func send(_ frames: [Frame]) throws(TransportError) -> SendResult {
    try socket.send(frames, to: nil)
  }

  /// Reports what happens to the connection from now on; call before `connect`.
  public func monitor() throws(TransportError) -> SocketMonitor { try SocketMonitor(socket) }
}
