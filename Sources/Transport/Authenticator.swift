import CZeroMQ

/// Decides which peers may connect to the CURVE sockets of a context (ZAP, ZeroMQ RFC 27).
///
/// It is pumped by the poll loop that owns it: libzmq waits for its answer before it delivers anything of a new
/// connection, and established ones do not need it. So a busy loop delays newcomers and nobody else.
/// Rule: used by one thread at a time. There is one in a context, and listening sockets keep it alive.
public final class Authenticator {
  static let domain = "tengu"
  static let address = "inproc://zeromq.zap.01"
  /// Refusals reported by one call of `pump` before it returns to its loop.
  public static let maximumRequestsPerPump = 64

  /// A connection that was turned away.
  public struct Refusal: Sendable, Hashable, CustomStringConvertible {
    /// Numeric address of the peer.
    public let address: String
    /// The key it proved to own; nil if it used none.
    public let key: CurvePublicKey?

    public var description: String {
      "the connection from \(address): " + (key.map { "its key \($0) is not allowed" } ?? "it has no key")
    }
  }

  let socket: Socket
  /// Who may connect. A change applies to later connections.
  public var allowList: AllowList
  /// Connections turned away so far.
  public private(set) var refusedCount = 0

  /// - Throws: `TransportError.addressInUse` if the context has an authenticator already.
  public init(_ context: MessagingContext, allowing allowList: AllowList) throws(TransportError) {
    self.allowList = allowList
    socket = try Socket(context, kind: ZMQ_REP)
    try socket.set(ZMQ_LINGER, 0)
    guard zmq_bind(socket.handle, Self.address) == 0 else {
      if zmq_errno() == EADDRINUSE { throw .addressInUse(Self.address) }
      throw .latest("binding \(Self.address)")
    }
  }

  /// Answers the requests that are waiting, without waiting itself.
  /// - Parameter refused: called for every peer that is turned away. A stranger can cause many calls: limit what they log.
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
      if request[2].text == Self.domain, let key, let name = allowList.name(of: key) {
        return (Self.reply(id: id, code: "200", text: "OK", user: name), nil)
      }
      return (Self.reply(id: id, code: "400", text: "key not allowed", user: ""), Refusal(address: address, key: key))
    case "NULL" where Endpoint.isLoopbackAddress(address):
      return (Self.reply(id: id, code: "200", text: "OK", user: ""), nil)
    default:
      return (Self.reply(id: id, code: "400", text: "a key is needed", user: ""), Refusal(address: address, key: nil))
    }
  }

  private static func reply(id: [UInt8], code: String, text: String, user: String) -> [Frame] {
    [
      Frame(text: "1.0"), Frame(bytes: id), Frame(text: code), Frame(text: text), Frame(text: user), Frame(bytes: []),
    ]
  }
}

extension Frame {
  fileprivate convenience init(text: String) { self.init(bytes: Array(text.utf8)) }

  /// The bytes as text; unreadable ones are replaced.
  fileprivate var text: String { withBytes { String(decoding: $0, as: UTF8.self) } }
}
