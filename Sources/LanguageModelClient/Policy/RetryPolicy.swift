/// How long a question waits before it is asked again: exponential backoff with full jitter (Brooker, "Exponential
/// Backoff And Jitter", 2015), so that questions that failed together do not return together.
struct RetryPolicy: Sendable, Hashable {
  var firstSeconds = 0.25
  var maximumSeconds = 8.0

  /// 408 request timeout, 429 too many requests, 500 internal error, 502, 503 and 504 of gateways and of servers that
  /// are loading. Of all others (400, 401, 403, 404, 422) the second answer would be the first again.
  static func isRetryable(status: Int) -> Bool { [408, 429, 500, 502, 503, 504].contains(status) }

  /// The longest pause after `attempt` failures in a row (from 0), in seconds.
  func ceilingSeconds(attempt: Int) -> Double {
    attempt >= 60 ? maximumSeconds : min(maximumSeconds, firstSeconds * Double(1 << attempt))
  }

  /// The pause to make now, uniform from 0 to the ceiling and no shorter than the server asked for.
  /// - Parameter remainingSeconds: until the question's deadline.
  /// - Returns: nil if the deadline comes first.
  func pause(
    attempt: Int, retryAfterSeconds: Double?, remainingSeconds: Double,
    using generator: inout some RandomNumberGenerator
  ) -> Double? {
    let unit = Double(generator.next() >> 11) * 0x1p-53
    let pause = max(unit * ceilingSeconds(attempt: attempt), retryAfterSeconds ?? 0)
    return pause < remainingSeconds ? pause : nil
  }
}

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
