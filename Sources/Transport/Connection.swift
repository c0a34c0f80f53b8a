import CPlatform
import Glibc

/// One connection to a listening socket, from the handshake until its last message was taken. Used by one thread.
///
/// libzmq owns the descriptor; the connection holds a copy of it, which always means the same connection even when libzmq
/// has closed its own and the system uses the number again. Over inproc there is none.
final class Connection {
  /// Never used again in this process.
  let number: UInt64
  /// libzmq's descriptor, by which it names the source of a message; nil over inproc.
  let descriptor: Int32?
  /// Numeric address of the other end.
  let address: String
  /// When it became a newcomer, in seconds of the table's clock.
  private(set) var since: Double
  private let copy: Int32?
  /// Whether libzmq had closed the connection before it could be looked at.
  let isOver: Bool
  /// The routing id that its messages carry; nil before the first one.
  var route: [UInt8]?
  /// The key that the other end proved to own; known with the first message.
  var key: CurvePublicKey?
  /// Whether the application has admitted the peer.
  private(set) var isAdmitted: Bool
  /// Bytes that may have arrived beyond the messages that were taken.
  private(set) var pendingLimit: Int
  /// When the connection was dismissed; nil while it may send.
  private(set) var dismissedAt: Double?
  /// Why it was cut; nil if it was not.
  private(set) var cutReason: String?
  /// When libzmq reported its end; nil while it is open.
  var endedAt: Double?

  // MARK: Bytes

  /// Bytes of the messages taken, as counted or as known from `mark`; never more than those that arrived for them.
  private var takenBytes: Int64 = 0
  /// Bytes that had arrived at the latest look, and the socket's drains at that time.
  private var mark: Int64 = 0
  private var drainsAtMark = 0
  /// Bytes that had arrived when it became a newcomer.
  private var newcomerMark: Int64 = 0
  /// Whether a message was taken after the socket was drained after the latest look: then every byte that had arrived
  /// at that look belongs to messages that were taken.
  private var passedMark = false
  /// Bytes that no taken message explained at the latest look.
  private(set) var pending = 0

  /// A connection over TCP.
  init(number: UInt64, accepted descriptor: Int32, limit: Int, now: Double) {
    self.number = number
    self.descriptor = descriptor
    let copy = tengu_copy_descriptor(descriptor)
    isOver = copy < 0 && errno == EBADF
    self.copy = copy >= 0 ? copy : nil
    address = Self.address(of: copy)
    since = now
    isAdmitted = false
    pendingLimit = limit
  }

  /// The peer of one routing id over inproc, which is part of this process and trusted.
  init(number: UInt64, route: [UInt8], now: Double) {
    self.number = number
    descriptor = nil
    copy = nil
    isOver = false
    address = "inproc"
    since = now
    self.route = route
    isAdmitted = true
    pendingLimit = .max
  }

  deinit { if let copy { close(copy) } }

  /// The identity under which the application knows the connection; nil before its first message.
  var peer: PeerID? { route.map { PeerID($0, connection: number) } }

  /// The application has admitted the peer: from now on `pendingLimit` bytes may wait.
  func admit(pendingLimit: Int) {
    isAdmitted = true
    if descriptor != nil { self.pendingLimit = pendingLimit }
  }

  /// The peer is a newcomer again.
  func release(pendingLimit: Int, now: Double) {
    guard isAdmitted, descriptor != nil else { return }
    isAdmitted = false
    self.pendingLimit = pendingLimit
    since = now
    // What has arrived since the latest look too: a large message right before its refusal must not end the connection before
    // the refusal has arrived.
    newcomerMark = max(mark, copy.map(tengu_received_bytes) ?? mark)
  }

  /// Bytes that count against `pendingLimit`: a newcomer's count even if they were messages, because it has nothing to say
  /// but Hello.
  var usedBytes: Int { isAdmitted ? pending : Int(clamping: max(0, mark - newcomerMark)) }

  /// Its messages are ignored from now on, and it is cut soon.
  func dismiss(now: Double) {
    if dismissedAt == nil { dismissedAt = now }
  }

  /// Ends the connection; libzmq notices and reports it.
  func cut(_ reason: String) {
    guard cutReason == nil else { return }
    cutReason = reason
    // Without a copy, because the process has no descriptor left, this happens at once, so libzmq's is still the right one.
    if let socket = copy ?? descriptor { tengu_reset_connection(socket) }
  }

  /// A whole message of `bytes` was taken.
  /// - Parameter drains: how often the socket had been drained.
  func took(bytes: Int, drains: Int) {
    takenBytes += Int64(bytes)
    if drains > drainsAtMark { passedMark = true }
  }

  /// Looks at the bytes that have arrived, and updates `pending`.
  func look(drains: Int) {
    guard let copy else { return }
    let arrived = tengu_received_bytes(copy)
    if passedMark { takenBytes = max(takenBytes, mark) }
    (mark, drainsAtMark, passedMark) = (arrived, drains, false)
    pending = Int(clamping: max(0, arrived - takenBytes))
  }

  /// Whether the process can look at the connection and end it.
  var isWatched: Bool { copy != nil }

  private static func address(of descriptor: Int32) -> String {
    let capacity = 64  // The longest numeric address with a zone has 62 characters.
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { buffer in
      guard let start = buffer.baseAddress, tengu_peer_address(descriptor, start, capacity) == 0 else {
        return "unknown"
      }
      return String(cString: start)
    }
  }
}
