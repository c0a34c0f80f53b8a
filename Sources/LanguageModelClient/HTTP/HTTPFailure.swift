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
