import CZeroMQ
import Synchronization

/// What happened to a connection.
public enum ConnectionEvent: Sendable, Hashable {
  /// TCP is up; the handshake follows.
  case connected
  /// No process listens there yet; libzmq tries again.
  case retrying
  /// Messages can flow.
  case established
  /// The learner does not allow our key; `status` comes from its authenticator (400 = not allowed).
  case refused(status: Int)
  /// One end uses keys and the other does not.
  case otherMechanism
  /// The handshake failed: the other end has another key, or is not a learner.
  case handshakeFailed
  case disconnected
}

/// The stream of a socket's connection events. Used by the thread that uses the socket.
///
/// libzmq's I/O thread waits without end, and with it every socket of the context, if it reports an event that nobody is there to
/// receive. A closed socket that still sends in the background reports events. So the monitor keeps its socket open as long
/// as it lives, and ends the reports before the receiving end closes.
public final class SocketMonitor {
  /// Events of a connecting socket.
  private static let connecting =
    ZMQ_EVENT_CONNECTED | ZMQ_EVENT_CONNECT_RETRIED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH
    | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_DISCONNECTED
  private static let created = Atomic<Int>(0)

  /// The receiving end of the events.
  let socket: Socket
  private let observed: Socket

  /// Events of a listening socket.
  static let accepting = ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED

  init(_ observed: Socket, watching watched: Int32 = connecting) throws(TransportError) {
    let name = "inproc://tengu.monitor.\(Self.created.wrappingAdd(1, ordering: .relaxed).newValue)"
    guard zmq_socket_monitor(observed.handle, name, watched) == 0 else { throw .latest("zmq_socket_monitor") }
    socket = try Socket(observed.context, kind: ZMQ_PAIR)
    try socket.set(ZMQ_LINGER, 0)
    self.observed = observed
    guard zmq_connect(socket.handle, name) == 0 else { throw .latest("connecting to \(name)") }
  }

  deinit { zmq_socket_monitor(observed.handle, nil, 0) }

  /// The next event, or nil if none is waiting.
  public func next() throws(TransportError) -> ConnectionEvent? {
    while let (number, value) = try nextNumber() {
      if let event = Self.event(number, value) { return event }
    }
    return nil
  }

  /// libzmq's number and value of the next event, or nil if none is waiting.
  func nextNumber() throws(TransportError) -> (number: Int32, value: Int)? {
    while let message = try socket.receive(routed: false) {
      // Frame 0: the event's number (16 bits), its value (32 bits), in the machine's byte order. Frame 1: the address.
      guard let frame = message.frames.first, frame.count >= 6 else { continue }
      let (number, value) = frame.withBytes {
        ($0.loadUnaligned(fromByteOffset: 0, as: UInt16.self), $0.loadUnaligned(fromByteOffset: 2, as: UInt32.self))
      }
      return (Int32(number), Int(value))
    }
    return nil
  }

  private static func event(_ number: Int32, _ value: Int) -> ConnectionEvent? {
    switch number {
    case ZMQ_EVENT_CONNECTED: .connected
    case ZMQ_EVENT_CONNECT_RETRIED: .retrying
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: .established
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: .refused(status: value)
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL where value == Int(ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH):
      .otherMechanism
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL, ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL: .handshakeFailed
    case ZMQ_EVENT_DISCONNECTED: .disconnected
    default: nil
    }
  }
}
