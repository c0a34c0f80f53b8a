import CZeroMQ
import Glibc

/// The libzmq context of a process: its I/O thread and the `inproc` names. One is enough for a process.
///
/// `@unchecked` holds because libzmq contexts may be used from any thread. Sockets hold the context, so it is terminated
/// after the last socket has closed; termination waits at most for the sockets' linger time.
public final class MessagingContext: @unchecked Sendable {
  let handle: UnsafeMutableRawPointer

  /// - Parameter threads: I/O threads; one moves about a gigabyte a second.
  /// - Throws: `TransportError.system` when the process is out of descriptors.
  public init(threads: Int = 1) throws(TransportError) {
    guard let handle = zmq_ctx_new() else { throw .latest("zmq_ctx_new") }
    self.handle = handle
    zmq_ctx_set(handle, ZMQ_IO_THREADS, Int32(clamping: threads))
  }

  deinit {
    // A signal may interrupt the wait; the context must be terminated before its memory is freed.
    while zmq_ctx_term(handle) != 0 && zmq_errno() == EINTR {}
  }
}

/// How much a socket buffers and how it notices a dead connection. The defaults suit trajectories, which are few and
/// large.
public struct SocketOptions: Sendable, Hashable {
  /// How long a closed socket continues to send its queued messages.
  public var lingerMilliseconds = 500
  /// A larger incoming frame closes its connection. nil accepts any size: for peers, which learn the run's limit after
  /// they have connected (`WireLimits`) and trust their learner.
  public var maximumFrameBytes: Int?
  /// Messages queued for one peer before `send` answers `.full`.
  public var sendHighWaterMark = 64
  /// Messages of one peer queued here before its connection is no longer read.
  public var receiveHighWaterMark = 64
  /// Whether a connecting socket queues messages only for finished connections (otherwise messages may wait without end).
  public var onlyFinishedConnections = true
  /// Interval of libzmq's own pings, which find half-open connections. 0 = none.
  public var pingMilliseconds = 2_000
  /// A connection that answers no ping for this long is closed.
  public var pingTimeoutMilliseconds = 10_000
  /// Pause before libzmq tries a lost connection again.
  public var reconnectMilliseconds = 250
  /// Pauses double up to this.
  public var reconnectMaximumMilliseconds = 4_000
  /// A connection whose handshake takes longer is closed.
  public var handshakeMilliseconds = 10_000

  public init(maximumFrameBytes: Int?) { self.maximumFrameBytes = maximumFrameBytes }
}

/// The part that every kind of socket shares: the libzmq handle, its options, and whole messages in and out.
///
/// A socket is used by one thread at a time. It is not `Sendable`, so it moves to its thread by `sending`.
final class Socket {
  let handle: UnsafeMutableRawPointer
  let context: MessagingContext

  init(_ context: MessagingContext, kind: Int32) throws(TransportError) {
    guard let handle = zmq_socket(context.handle, kind) else { throw .latest("zmq_socket") }
    self.handle = handle
    self.context = context
  }

  deinit { zmq_close(handle) }

  // MARK: Options

  func set(_ option: Int32, _ value: Int) throws(TransportError) {
    var value = Int32(clamping: value)
    try check(zmq_setsockopt(handle, option, &value, MemoryLayout<Int32>.size), "zmq_setsockopt \(option)")
  }

  func set(_ option: Int32, _ value: String) throws(TransportError) {
    try check(zmq_setsockopt(handle, option, value, value.utf8.count), "zmq_setsockopt \(option)")
  }

  func apply(_ options: SocketOptions) throws(TransportError) {
    try set(ZMQ_LINGER, options.lingerMilliseconds)
    try set(ZMQ_SNDHWM, options.sendHighWaterMark)
    try set(ZMQ_RCVHWM, options.receiveHighWaterMark)
    try set(ZMQ_IMMEDIATE, options.onlyFinishedConnections ? 1 : 0)
    try set(ZMQ_HEARTBEAT_IVL, options.pingMilliseconds)
    try set(ZMQ_HEARTBEAT_TIMEOUT, options.pingTimeoutMilliseconds)
    try set(ZMQ_RECONNECT_IVL, options.reconnectMilliseconds)
    try set(ZMQ_RECONNECT_IVL_MAX, options.reconnectMaximumMilliseconds)
    try set(ZMQ_HANDSHAKE_IVL, options.handshakeMilliseconds)
    try set(ZMQ_TCP_KEEPALIVE, 1)
    var bytes = Int64(options.maximumFrameBytes ?? -1)
    try check(
      zmq_setsockopt(handle, ZMQ_MAXMSGSIZE, &bytes, MemoryLayout<Int64>.size), "zmq_setsockopt \(ZMQ_MAXMSGSIZE)")
  }

  private func check(_ status: Int32, _ operation: String) throws(TransportError) {
    if status < 0 { throw .latest(operation) }
  }

  // MARK: Addresses

  func bind(_ endpoint: Endpoint) throws(TransportError) {
    try set(ZMQ_IPV6, endpoint.isVersion6 ? 1 : 0)
    guard zmq_bind(handle, endpoint.locator(binding: true)) != 0 else { return }
    switch zmq_errno() {
    case EADDRINUSE: throw .addressInUse(endpoint.description)
    case ENODEV, EADDRNOTAVAIL:
      throw .invalidEndpoint(endpoint.description, reason: "no interface of this machine has that address")
    case let code: throw .system(operation: "listening on \(endpoint)", code: code)
    }
  }

  func connect(_ endpoint: Endpoint) throws(TransportError) {
    try set(ZMQ_IPV6, endpoint.isVersion6 ? 1 : 0)
    guard zmq_connect(handle, endpoint.locator(binding: false)) == 0 else {
      throw .latest("connecting to \(endpoint)")
    }
  }

  /// The address the latest `bind` really took.
  func boundEndpoint() throws(TransportError) -> Endpoint {
    let capacity = 512
    let result = withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { buffer -> String? in
      var count = capacity
      guard zmq_getsockopt(handle, ZMQ_LAST_ENDPOINT, buffer.baseAddress, &count) == 0 else { return nil }
      return buffer.baseAddress.map { String(cString: $0) }
    }
    guard let result else { throw .latest("zmq_getsockopt ZMQ_LAST_ENDPOINT") }
    return try Endpoint(result)
  }

  // MARK: Messages

  /// A whole message as it comes from libzmq.
  struct Received {
    /// The routing id; empty if the socket does not route.
    var route: [UInt8] = []
    var frames: [Frame] = []
    var droppedFrames = 0
    /// Bytes of all frames, and those of the protocol around them, which are at least two for each.
    var byteCount = 0
  }

  /// The next whole message, or nil if none is waiting. A routing socket's first frame is the peer's routing id.
  func receive(routed: Bool) throws(TransportError) -> Received? {
    var message = Received()
    if routed {
      guard let route = try receiveRoute() else { return nil }
      message.route = route.bytes
      if !route.hasSuccessor { return message }
    }
    guard var frame = try receiveFrame() else {
      if !routed { return nil }
      throw .system(operation: "receiving a message's frames", code: EPROTO)
    }
    message.add(frame)
    while frame.hasSuccessor {
      // Messages are delivered whole: after the first frame the others are there.
      guard let next = try receiveFrame() else {
        throw .system(operation: "receiving a message's frames", code: EPROTO)
      }
      frame = next
      message.add(frame)
    }
    return message
  }

  /// The routing id that begins a message; nil if no message is waiting.
  private func receiveRoute() throws(TransportError) -> (bytes: [UInt8], hasSuccessor: Bool)? {
    var frame = zmq_msg_t()
    zmq_msg_init(&frame)
    defer { zmq_msg_close(&frame) }
    while zmq_msg_recv(&frame, handle, ZMQ_DONTWAIT) < 0 {
      switch zmq_errno() {
      case EAGAIN: return nil
      case EINTR: continue
      case let code: throw .system(operation: "receiving", code: code)
      }
    }
    let bytes = UnsafeRawBufferPointer(start: zmq_msg_data(&frame), count: zmq_msg_size(&frame))
    return (Array(bytes), zmq_msg_more(&frame) != 0)
  }

  private func receiveFrame() throws(TransportError) -> Frame? {
    while true {
      let (frame, code) = Frame.receive(from: handle)
      if let frame { return frame }
      switch code {
      case EAGAIN: return nil
      case EINTR: continue
      default: throw .system(operation: "receiving", code: code)
      }
    }
  }

  /// Sends all frames as one message, or none of them.
  func send(_ frames: [Frame], to route: [UInt8]?) throws(TransportError) -> SendResult {
    guard !frames.isEmpty else { throw .misuse("a message needs at least one frame") }
    if let route {
      let result = try sendRoute(route)
      guard result == .sent else { return result }
    }
    var result = SendResult.sent
    for (index, frame) in frames.enumerated() {
      let more = index + 1 < frames.count ? ZMQ_SNDMORE : 0
      let code = sendCopy(of: frame, flags: more | ZMQ_DONTWAIT)
      if code == 0 { continue }
      guard code == EAGAIN || code == EHOSTUNREACH else { throw .system(operation: "sending", code: code) }
      if index == 0 { return .full }
      // The connection broke between two frames. libzmq took back the earlier ones and discards up to the last, so the
      // rest is still handed over: else it would discard the beginning of the next message instead.
      result = .unreachable
    }
    return result
  }

  private func sendRoute(_ route: [UInt8]) throws(TransportError) -> SendResult {
    while zmq_send(handle, route, route.count, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0 {
      switch zmq_errno() {
      case EINTR: continue
      case EAGAIN: return .full
      case EHOSTUNREACH: return .unreachable
      case let code: throw .system(operation: "sending to a peer", code: code)
      }
    }
    return .sent
  }

  /// Sends another reference to the frame's bytes, so that the frame stays usable. Returns libzmq's error code or 0.
  private func sendCopy(of frame: Frame, flags: Int32) -> Int32 {
    var copy = zmq_msg_t()
    zmq_msg_init(&copy)
    let code = frame.reference(from: &copy)
    guard code == 0 else { return code }
    while zmq_msg_send(&copy, handle, flags) < 0 {
      let code = zmq_errno()
      if code == EINTR { continue }
      zmq_msg_close(&copy)
      return code
    }
    return 0
  }
}

extension Socket.Received {
  fileprivate mutating func add(_ frame: Frame) {
    byteCount += frame.count + 2
    if frames.count < Multipart.maximumFramesPerMessage { frames.append(frame) } else { droppedFrames += 1 }
  }
}
