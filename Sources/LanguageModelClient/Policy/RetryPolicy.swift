/// The pause before a question is asked again: exponential backoff with full jitter (Brooker, "Exponential Backoff And
/// Jitter", 2015), so that questions that failed at the same time are not repeated at the same time.
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

  /// A pause in seconds, uniform from 0 to the ceiling and not shorter than the server requested.
  /// - Parameter remainingSeconds: time until the question's deadline.
  /// - Returns: nil if the deadline passes first.
  func pause(
    attempt: Int, retryAfterSeconds: Double?, remainingSeconds: Double,
    using generator: inout some RandomNumberGenerator
  ) -> Double? {
    let unit = Double(generator.next() >> 11) * 0x1p-53
    let pause = max(unit * ceilingSeconds(attempt: attempt), retryAfterSeconds ?? 0)
    return pause < remainingSeconds ? pause : nil
  }
}

/// Why a request to a server got no answer.
enum AttemptFailure: Error, Sendable, Hashable, CustomStringConvertible {
  case unreachable(String)
  /// The request took longer than this many seconds.
  case timeout(Double)
  /// The server answered with a status other than 200.
  case status(Int, String, retryAfterSeconds: Double?)
  case malformed(String)
  case cancelled

  /// Whether the same server may answer a repeated request.
  var isRetryable: Bool {
    switch self {
    case .unreachable, .timeout: true
    case .status(let status, _, _): RetryPolicy.isRetryable(status: status)
    case .malformed, .cancelled: false
    }
  }

  /// What the failure says about the server. If the server refuses the question itself (too long, an unknown field), it
  /// works. If it refuses the caller or the model, it will refuse every question.
  var outcome: ServerOutcome {
    switch self {
    case .unreachable, .timeout, .malformed: .failed(pauseSeconds: nil)
    case .status(429, _, let pause): .overloaded(pauseSeconds: pause)
    case .status(400, _, _), .status(413, _, _), .status(422, _, _): .succeeded
    case .status(_, _, let pause): .failed(pauseSeconds: pause)
    case .cancelled: .unknown
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
