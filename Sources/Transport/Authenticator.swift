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
    /// Numeric address of the peer.
    public let address: String
    /// The key that the peer proved to own; nil if it used none.
    public let key: CurvePublicKey?

    public var description: String {
      "the connection from \(address): " + (key.map { "its key \($0) is not allowed" } ?? "it has no key")
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

/// The public keys that may connect, each with the name of its file (without ".public").
public struct AllowList: Sendable, Hashable {
  /// Files of a folder beyond this are refused.
  public static let maximumFiles = 4_096

  /// A folder of *.public files, or one such file; nil for a list that was not read from disk.
  public let path: String?
  public private(set) var names: [CurvePublicKey: String]

  /// A fixed list.
  public init(_ names: [CurvePublicKey: String]) {
    path = nil
    self.names = names
  }

  /// Reads the list from a folder of *.public files, or from one such file.
  /// - Throws: `TransportError` naming the file that cannot be read.
  public init(path: String) throws(TransportError) {
    self.path = path
    names = try Self.read(path)
  }

  /// Reads the list again. An error leaves it unchanged.
  public mutating func reload() throws(TransportError) {
    if let path { names = try Self.read(path) }
  }

  /// The name of an allowed key, or nil.
  public func name(of key: CurvePublicKey) -> String? { names[key] }

  private static func read(_ path: String) throws(TransportError) -> [CurvePublicKey: String] {
    var names: [CurvePublicKey: String] = [:]
    for file in try files(path) {
      let last = file.split(separator: "/").last ?? ""
      let name = last.hasSuffix(".public") ? last.dropLast(".public".count) : last
      for key in try KeyFile.readPublic(file) { names[key] = String(name) }
    }
    return names
  }

  private static func files(_ path: String) throws(TransportError) -> [String] {
    var status = stat()
    guard stat(path, &status) == 0 else { throw .system(operation: path, code: errno) }
    guard status.st_mode & S_IFMT == S_IFDIR else { return [path] }
    guard let directory = opendir(path) else { throw .system(operation: path, code: errno) }
    defer { closedir(directory) }
    var files: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
      }
      guard name.hasSuffix(".public"), !name.hasPrefix(".") else { continue }
      files.append("\(path)/\(name)")
      guard files.count <= maximumFiles else { throw .key(path, reason: "holds more than \(maximumFiles) keys") }
    }
    return files.sorted()
  }
}
