import CZeroMQ

/// The learner's end: one listening socket that tells its peers apart.
///
/// Rule: used by one thread at a time.
public final class RouterSocket {
  let socket: Socket
  private let security: ListenSecurity

  /// A socket that does not listen yet.
  public init(
    _ context: MessagingContext, options: SocketOptions = SocketOptions(), security: ListenSecurity = .loopback
  ) throws(TransportError) {
    socket = try Socket(context, kind: ZMQ_ROUTER)
    self.security = security
    try socket.apply(options)
    try socket.apply(security)
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
