import Judging

/// Options of a pool of servers.
public struct LanguageModelOptions: Sendable {
  /// One connection for each request under way.
  public static let maximumRequestsPerServer = 1024
  public static let maximumServers = 64
  public static let maximumTimeoutSeconds = 3600.0

  /// `http://HOST[:PORT][/PATH]` or https, one at least. Each speaks the OpenAI protocol, at the
  /// address itself or below "/v1".
  public var servers: [String]
  /// The model's name; if nil, the only model of the server.
  public var model: String?
  /// One key for all servers.
  public var key: KeySource = .none
  /// Concurrent requests per server.
  public var requestsPerServer = 16
  /// Timeout of one attempt in seconds. Together with the breaker's 13 s it bounds the time that a recovered server
  /// stays unused, because a lost request occupies its place until then.
  public var requestTimeoutSeconds = 12.0
  public var connectTimeoutSeconds = 3.0
  public var breaker = CircuitBreakerOptions()
  public var thinking = ThinkingOptions()
  /// File with the certificates of the authorities to trust; nil for the system's, or those of SSL_CERT_FILE.
  public var authorities: String?
  /// Seeds the jitter.
  public var seed: UInt64 = 0
  /// Receives one line whenever a server is first met, lost or found again; never for a single request.
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

/// Counters of a pool since its creation. asked = answered + all failures + inFlight.
public struct LanguageModelStatistics: Sendable, Hashable, CustomStringConvertible {
  /// The current state of one server.
  public struct Server: Sendable, Hashable, CustomStringConvertible {
    public enum Breaker: String, Sendable, Hashable { case closed, open, halfOpen }

    public var address: String
    public var breaker: Breaker
    public var inFlight: Int
    /// The model of the latest discovery; nil before the first.
    public var model: String?

    public var description: String {
      "\(address) (\(model ?? "unknown model"), breaker \(breaker.rawValue), in flight \(inFlight))"
    }
  }

  public var asked = 0
  public var answered = 0
  public var unavailable = 0
  public var refused = 0
  public var malformed = 0
  public var cancelled = 0
  /// Questions that wait or are being asked.
  public var inFlight = 0
  /// Repeated requests, without those of discovery.
  public var retried = 0
  /// Tokens of the questions of all answers.
  public var promptTokens = 0
  /// Tokens of all answers.
  public var answerTokens = 0
  public var servers: [Server] = []

  public init() {}

  /// Every count, for the log.
  public var description: String {
    "questions: asked \(asked), answered \(answered), unavailable \(unavailable), refused \(refused), "
      + "malformed \(malformed), cancelled \(cancelled), in flight \(inFlight), retried \(retried), "
      + "tokens \(promptTokens) + \(answerTokens); servers: "
      + servers.map(\.description).joined(separator: ", ")
  }

  public var failed: Int { unavailable + refused + malformed + cancelled }

  mutating func end(_ result: Result<ModelAnswer, ModelFailure>) {
    inFlight -= 1
    switch result {
    case .success(let answer):
      answered += 1
      promptTokens += answer.promptTokens
      answerTokens += answer.answerTokens
    case .failure(.unavailable): unavailable += 1
    case .failure(.refused): refused += 1
    case .failure(.malformed): malformed += 1
    case .failure(.cancelled): cancelled += 1
    }
  }
}
