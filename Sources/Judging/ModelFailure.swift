/// Why a language model did not answer. None of these says anything about the caption: it goes back to the queue.
public enum ModelFailure: Error, Sendable, Hashable, CustomStringConvertible {
  /// No server took the question in time: refused connections, timeouts, open circuit breakers.
  case unavailable(String)
  /// A server refused the question for good: a wrong key, an unknown model, a field it does not take.
  case refused(server: String, status: Int, String)
  /// The answer came and was not what the protocol says: cut short, too long, not JSON, of other fields.
  case malformed(server: String, String)
  /// Whoever asked is leaving.
  case cancelled

  public var description: String {
    switch self {
    case .unavailable(let text): text
    case .refused(let server, let status, let text): "\(server) refused with status \(status): \(text)"
    case .malformed(let server, let text): "\(server) answered what cannot be read: \(text)"
    case .cancelled: "cancelled"
    }
  }
}
