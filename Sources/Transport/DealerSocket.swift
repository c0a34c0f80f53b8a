import CZeroMQ

/// A peer's end: one connection to a learner, made again by libzmq when it breaks.
///
/// A connection that the learner refused (`SocketMonitor`) is not tried again: make a new socket after a pause.
/// Rule: used by one thread at a time.
public final class DealerSocket {
  let socket: Socket
  private let security: ConnectSecurity

  /// A socket that is not connected yet.
  public init(
    _ context: MessagingContext, options: SocketOptions = SocketOptions(), security: ConnectSecurity = .loopback
  ) throws(TransportError) {
    socket = try Socket(context, kind: ZMQ_DEALER)
    self.security = security
    try socket.apply(options)
    try socket.apply(security)
  }

  /// Starts connecting; it does not matter whether anybody listens yet. To be called once.
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
