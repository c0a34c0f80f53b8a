/// When a server is left alone, and for how long.
public struct CircuitBreakerOptions: Sendable, Hashable {
  /// Failures one after the other that open the breaker.
  public var consecutiveFailures = 5
  /// The share of the latest `window` requests that opens it as well.
  public var failingShare = 0.5
  public var window = 20
  /// The first open period; each failed probe doubles it.
  public var firstOpenSeconds = 1.0
  /// With the patience below it bounds how long a returned server can go without work: 13 s.
  public var maximumOpenSeconds = 8.0
  /// A probe that has taken longer no longer keeps another from being made; it may still succeed.
  public var probePatienceSeconds = 5.0

  public init() {}
}
