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
