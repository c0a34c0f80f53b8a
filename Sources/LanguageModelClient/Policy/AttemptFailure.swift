/// Why one request to one server brought no answer.
enum AttemptFailure: Error, Sendable, Hashable, CustomStringConvertible {
  case unreachable(String)
  /// After this many seconds.
  case timeout(Double)
  /// Any status but 200.
  case status(Int, String, retryAfterSeconds: Double?)
  case malformed(String)
  case cancelled

  /// Asking the same server again can help.
  var isRetryable: Bool {
    switch self {
    case .unreachable, .timeout: true
    case .status(let status, _, _): RetryPolicy.isRetryable(status: status)
    case .malformed, .cancelled: false
    }
  }

  /// What it says about the server. A question that is refused for what it is (too long, a field not known) tells that
  /// the server is well; one that is refused for who asks, or for what model, that no other question will fare better.
  var outcome: ServerOutcome {
    switch self {
    case .unreachable, .timeout, .malformed: .failed(pauseSeconds: nil)
    case .status(429, _, let pause): .overloaded(pauseSeconds: pause)
    case .status(400, _, _), .status(413, _, _), .status(422, _, _): .succeeded
    case .status(_, _, let pause): .failed(pauseSeconds: pause)
    case .cancelled: .untold
    }
  }

  var retryAfterSeconds: Double? {
    if case .status(_, _, let seconds) = self { seconds } else { nil }
  }

  var description: String {
    switch self {
    case .unreachable(let text): text
    case .timeout(let seconds): "no answer within \(Self.rounded(seconds)) s"
    case .status(let status, let text, _): text.isEmpty ? "status \(status)" : "status \(status): \(text)"
    case .malformed(let text): "an answer that cannot be read: \(text)"
    case .cancelled: "cancelled"
    }
  }

  private static func rounded(_ seconds: Double) -> Double { (seconds * 100).rounded() / 100 }
}
