import CZeroMQ
import Glibc

/// Why a socket, an endpoint or a key could not be used. The text names the endpoint, peer or file.
public enum TransportError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Another process or socket already listens there.
  case addressInUse(String)
  /// The text is not an endpoint, for the given reason.
  case invalidEndpoint(String, reason: String)
  /// An address that other machines can reach needs keys, and there are none.
  case keysRequired(String)
  /// A call of libzmq or of the system failed with `code` (errno).
  case system(operation: String, code: Int32)
  /// A key or key file cannot be used.
  case key(String, reason: String)
  /// The caller misused the transport's interface.
  case misuse(String)

  public var description: String {
    switch self {
    case .addressInUse(let endpoint): "\(endpoint) is in use: another process listens there"
    case .invalidEndpoint(let text, let reason): "\"\(text)\" is not an endpoint: \(reason)"
    case .keysRequired(let endpoint):
      "\(endpoint) can be reached from other machines and needs keys (tengu keys new NAME --role ROLE, then --key FILE)"
    case .system(let operation, let code): "\(operation): \(String(cString: zmq_strerror(code)))"
    case .key(let subject, let reason): "\(subject): \(reason)"
    case .misuse(let text): text
    }
  }

  /// The failure of the libzmq call that just returned.
  static func latest(_ operation: String) -> TransportError { .system(operation: operation, code: zmq_errno()) }
}
