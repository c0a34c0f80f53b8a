import Foundation
import Synchronization

/// A running request and the task that waits for it. The wait ends once, by response, failure or cancellation,
/// whichever comes first, on any thread.
final class HTTPCall: Sendable {
  typealias Outcome = Result<HTTPResponse, HTTPFailure>

  private enum State {
    case new
    case awaited(CheckedContinuation<Outcome, Never>)
    case ended
  }

  let request: HTTPRequest
  private let state = Mutex(State.new)

  init(_ request: HTTPRequest) { self.request = request }

  /// The wait has ended.
  var isEnded: Bool { state.withLock { if case .ended = $0 { true } else { false } } }

  /// - Returns: false if the call was cancelled before; the continuation is then already resumed.
  func await(_ continuation: CheckedContinuation<Outcome, Never>) -> Bool {
    let isNew = state.withLock { state in
      guard case .new = state else { return false }
      state = .awaited(continuation)
      return true
    }
    if !isNew { continuation.resume(returning: .failure(.cancelled)) }
    return isNew
  }

  /// No effect on a call that has ended.
  func end(_ outcome: Outcome) {
    let continuation: CheckedContinuation<Outcome, Never>? = state.withLock { state in
      defer { state = .ended }
      if case .awaited(let continuation) = state { return continuation }
      return nil
    }
    continuation?.resume(returning: outcome)
  }
}

/// One request with its limits.
struct HTTPRequest: Sendable {
  /// Maximum length of a response in bytes: thousands of tokens with 20 alternatives each.
  static let maximumBodyBytes = 1 << 20
  /// Maximum length of status line and header fields together, in bytes.
  static let maximumHeaderBytes = 64 << 10

  var url: String
  /// nil for GET, a JSON text for POST.
  var body: Data?
  /// Complete lines, such as "Authorization: Bearer KEY", without control characters.
  var headers: [String]
  var connectTimeoutSeconds: Double
  /// Seconds from submission to the last byte of the response, including the connection.
  var timeoutSeconds: Double
  /// File with the certificates of the authorities to trust; nil for the system's, or those of SSL_CERT_FILE.
  var authorities: String?
  /// Whether the proxies of the environment (http_proxy, HTTPS_PROXY, NO_PROXY) are used.
  var usesProxy = false
}

/// A complete response.
struct HTTPResponse: Sendable, Hashable {
  var status: Int
  var body: Data
  /// Seconds of the Retry-After field, which holds seconds or a date.
  var retryAfterSeconds: Double?
}

/// Why there is no complete response. Texts name neither the server nor anything that was sent.
enum HTTPFailure: Error, Sendable, Hashable {
  /// No connection, or the connection broke before the response was complete.
  case unreachable(String)
  case timeout
  /// The response exceeded this limit and was cut there.
  case tooLong(bytes: Int)
  /// The response is not HTTP.
  case notHTTP(String)
  case cancelled
}
