import Synchronization

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
