import CZeroMQ
import Glibc

/// Decides which peers may connect to the CURVE sockets of a context (ZAP, ZeroMQ RFC 27).
///
/// The poll loop that owns it calls `pump`. libzmq waits for the answer before it delivers messages of a new connection;
/// established connections do not need it, so a busy loop delays only new connections. Used by one thread at a time. A
/// context has at most one, and listening sockets keep it alive.
public final class Authenticator {
  static let domain = "tengu"
  static let address = "inproc://zeromq.zap.01"
  /// Refusals reported by one call of `pump` before it returns to its loop.
  public static let maximumRequestsPerPump = 64

  /// A refused connection.
  public struct Refusal: Sendable, Hashable, CustomStringConvertible {
    /// Why the key does not count; the text is the status that libzmq shows to nobody.
    public enum Reason: String, Sendable, Hashable {
      case unknown = "key not allowed"
      case expired = "key expired"
      case missing = "a key is needed"
    }

    /// Numeric address of the peer.
    public let address: String
    /// The key that the peer proved to own; nil if it used none.
    public let key: CurvePublicKey?
    /// The key's name; nil if it is unknown.
    public var name: String?
    public let reason: Reason

    public var description: String {
      let owner = name ?? key?.text ?? ""
      return switch reason {
      case .unknown: "the connection from \(address): its key \(owner) is not allowed"
      case .expired: "the connection from \(address): the key \(owner) has expired"
      case .missing: "the connection from \(address): it has no key"
      }
    }
  }

  let socket: Socket
  /// Who may connect. A change applies to later connections.
  public var allowList: AllowList
  /// Connections refused so far.
  public private(set) var refusedCount = 0

  /// - Throws: `TransportError.addressInUse` if the context already has an authenticator.
  public init(_ context: MessagingContext, allowing allowList: AllowList) throws(TransportError) {
    self.allowList = allowList
    socket = try Socket(context, kind: ZMQ_REP)
    try socket.set(ZMQ_LINGER, 0)
    guard zmq_bind(socket.handle, Self.address) == 0 else {
      if zmq_errno() == EADDRINUSE { throw .addressInUse(Self.address) }
      throw .latest("binding \(Self.address)")
    }
  }

  /// Answers the waiting requests without blocking.
  /// - Parameter refused: called for every refused connection. An unknown peer can cause many calls, so limit what it logs.
  public func pump(refused: (Refusal) -> Void) throws(TransportError) {
    for _ in 0..<Self.maximumRequestsPerPump {
      guard let message = try socket.receive(routed: false) else { return }
      let (reply, refusal) = answer(to: message.frames)
      if let refusal {
        refusedCount += 1
        refused(refusal)
      }
      _ = try socket.send(reply, to: nil)
    }
  }

  /// The decision on one request.
  /// Request: version, request id, domain, address, identity, mechanism, credentials (CURVE: the 32 bytes of the key).
  /// Reply: version, request id, status code, status text, user id, metadata.
  func answer(to request: [Frame]) -> (reply: [Frame], refusal: Refusal?) {
    guard request.count >= 6, request[0].text == "1.0" else {
      let id = request.count > 1 ? request[1].copiedBytes() : []
      return (Self.reply(id: id, code: "500", text: "malformed request", user: ""), nil)
    }
    let id = request[1].copiedBytes()
    let address = request[3].text
    switch request[5].text {
    case "CURVE":
      let key = request.count == 7 ? request[6].withBytes { CurvePublicKey(bytes: $0) } : nil
      guard request[2].text == Self.domain, let key, let allowed = allowList.keys[key] else {
        return refused(id, Refusal(address: address, key: key, reason: .unknown))
      }
      if allowed.isExpired(at: wallClock) {
        return refused(id, Refusal(address: address, key: key, name: allowed.name, reason: .expired))
      }
      // The user id is the key itself: the list may change while the connection lives.
      return (Self.reply(id: id, code: "200", text: "OK", user: key.text), nil)
    case "NULL" where Endpoint.isLoopbackAddress(address):
      return (Self.reply(id: id, code: "200", text: "OK", user: ""), nil)
    default:
      return refused(id, Refusal(address: address, key: nil, reason: .missing))
    }
  }

  private func refused(_ id: [UInt8], _ refusal: Refusal) -> (reply: [Frame], refusal: Refusal?) {
    (Self.reply(id: id, code: "400", text: refusal.reason.rawValue, user: ""), refusal)
  }

  /// Seconds since 1970.
  private var wallClock: Double {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Double(now.tv_sec) + 1e-9 * Double(now.tv_nsec)
  }

  private static func reply(id: [UInt8], code: String, text: String, user: String) -> [Frame] {
    [
      Frame(text: "1.0"), Frame(bytes: id), Frame(text: code), Frame(text: text), Frame(text: user), Frame(bytes: []),
    ]
  }
}

extension Frame {
  fileprivate init(text: String) { self.init(bytes: Array(text.utf8)) }

  /// The bytes as text; unreadable ones are replaced.
  fileprivate var text: String { withBytes { String(decoding: $0, as: UTF8.self) } }
}
