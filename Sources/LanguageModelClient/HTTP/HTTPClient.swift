import Foundation
import Synchronization

/// HTTP/1.1 for many requests at a time: one thread, connections kept open.
///
/// Certificates are verified, redirects are not followed, proxies of the environment are not used: what is asked and the
/// key that goes with it reach the configured server or nobody.
final class HTTPClient: Sendable {
  private let loop: CurlLoop

  /// - Throws: `ClientError.library`.
  init() throws(ClientError) {
    loop = try CurlLoop()
    loop.start()
  }

  deinit { close() }

  /// Sends the request and waits for the whole answer, whatever its status. Cancelling the task ends the wait at once
  /// and the connection soon after.
  func send(_ request: HTTPRequest) async -> Result<HTTPResponse, HTTPFailure> {
    let call = HTTPCall(request)
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        if call.await(continuation) { loop.submit(call) }
      }
    } onCancel: {
      call.end(.failure(.cancelled))
      loop.abandon(call)
    }
  }

  /// Cancels what is under way and returns when the thread has ended. Later requests end as cancelled.
  func close() { loop.close() }
}

/// A request on its way and whoever waits for it. The waiting ends once, by answer, failure or cancellation,
/// whichever comes first and from whichever thread.
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

  /// Nobody waits any more.
  var isEnded: Bool { state.withLock { if case .ended = $0 { true } else { false } } }

  /// - Returns: false where the call was cancelled before; the continuation has been resumed then.
  func await(_ continuation: CheckedContinuation<Outcome, Never>) -> Bool {
    let isNew = state.withLock { state in
      guard case .new = state else { return false }
      state = .awaited(continuation)
      return true
    }
    if !isNew { continuation.resume(returning: .failure(.cancelled)) }
    return isNew
  }

  /// Without effect on a call that has ended.
  func end(_ outcome: Outcome) {
    let continuation: CheckedContinuation<Outcome, Never>? = state.withLock { state in
      defer { state = .ended }
      if case .awaited(let continuation) = state { return continuation }
      return nil
    }
    continuation?.resume(returning: outcome)
  }
}

/// One request, with the limits it is held to.
struct HTTPRequest: Sendable {
  /// No answer of a language model that labels captions is longer: thousands of tokens with 20 alternatives each.
  static let maximumBodyBytes = 1 << 20
  /// Status line and header fields together.
  static let maximumHeaderBytes = 64 << 10

  var url: String
  /// nil for GET, a JSON text for POST.
  var body: Data?
  /// Complete lines, such as "Authorization: Bearer KEY", without control characters.
  var headers: [String]
  var connectTimeoutSeconds: Double
  /// From submission to the last byte of the answer, making the connection included.
  var timeoutSeconds: Double
}

/// An answer that has arrived whole.
struct HTTPResponse: Sendable, Hashable {
  var status: Int
  var body: Data
  /// From a Retry-After field, given there in seconds or as a date.
  var retryAfterSeconds: Double?
}

/// Why there is no whole answer. Texts name neither the server nor anything that was sent.
enum HTTPFailure: Error, Sendable, Hashable {
  /// No connection, or it broke before the answer was whole.
  case unreachable(String)
  case timeout
  /// The answer passed this bound and was cut there.
  case tooLong(bytes: Int)
  /// What arrived is not HTTP.
  case notHTTP(String)
  case cancelled
}
