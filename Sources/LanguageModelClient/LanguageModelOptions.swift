/// What a pool of servers is made with.
public struct LanguageModelOptions: Sendable {
  /// One connection for each request under way.
  public static let maximumRequestsPerServer = 1024
  public static let maximumServers = 64
  public static let maximumTimeoutSeconds = 3600.0

  /// `http://HOST[:PORT][/PATH]` or https, one at least. Each speaks the OpenAI protocol below "/v1".
  public var servers: [String]
  /// The model to ask for by name; nil: whichever the server has, if that is one.
  public var model: String?
  /// One key for all servers.
  public var key: KeySource = .none
  /// Requests under way at each server.
  public var requestsPerServer = 16
  /// Of one attempt. Together with the breaker's 13 s it bounds how long a returned server goes without work: a request
  /// that was swallowed keeps its place until then.
  public var requestTimeoutSeconds = 12.0
  public var connectTimeoutSeconds = 3.0
  public var breaker = CircuitBreakerOptions()
  /// Of the jitter.
  public var seed: UInt64 = 0
  /// One line each time a server is first met, lost or found again; never for a request.
  public var log: @Sendable (String) -> Void

  public init(servers: [String], log: @escaping @Sendable (String) -> Void) {
    self.servers = servers
    self.log = log
  }

  /// - Throws: `ClientError.options` naming the field.
  func validate() throws(ClientError) {
    func check(_ isValid: Bool, _ what: String) throws(ClientError) { if !isValid { throw .options(what) } }
    func isDuration(_ seconds: Double) -> Bool { seconds > 0 && seconds <= Self.maximumTimeoutSeconds }
    try check((1...Self.maximumServers).contains(servers.count), "a pool has 1 to \(Self.maximumServers) servers")
    try check(
      (1...Self.maximumRequestsPerServer).contains(requestsPerServer),
      "requestsPerServer is 1 to \(Self.maximumRequestsPerServer)")
    try check(isDuration(requestTimeoutSeconds), "requestTimeoutSeconds is above 0 and at most an hour")
    try check(isDuration(connectTimeoutSeconds), "connectTimeoutSeconds is above 0 and at most an hour")
    try check(breaker.consecutiveFailures > 0 && breaker.window > 0, "the breaker counts failures from 1")
    try check(breaker.failingShare > 0 && breaker.failingShare <= 1, "breaker.failingShare is above 0 and at most 1")
    try check(
      [breaker.firstOpenSeconds, breaker.maximumOpenSeconds, breaker.probePatienceSeconds].allSatisfy(isDuration),
      "the breaker's periods are above 0 and at most an hour")
  }
}
