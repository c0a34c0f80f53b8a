import Judging

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

/// Counters of a pool since it was made: asked = answered + all failures + inFlight.
public struct LanguageModelStatistics: Sendable, Hashable {
  /// One server as it is now.
  public struct Server: Sendable, Hashable {
    public enum Breaker: String, Sendable, Hashable { case closed, open, halfOpen }

    public var address: String
    public var breaker: Breaker
    public var inFlight: Int
    /// Found out at the latest contact; nil before the first.
    public var model: String?
  }

  public var asked = 0
  public var answered = 0
  public var unavailable = 0
  public var refused = 0
  public var malformed = 0
  public var cancelled = 0
  /// Questions waiting or being asked.
  public var inFlight = 0
  /// Requests beyond each question's first, discovery apart.
  public var retried = 0
  /// Of all answers.
  public var promptTokens = 0
  public var answerTokens = 0
  public var servers: [Server] = []

  public init() {}

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

/// Why a client cannot be made.
public enum ClientError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The HTTP library could not be started.
  case library(String)
  /// A server's address that is none, without its credentials.
  case address(String)
  /// No server at all, or a number out of its range.
  case options(String)
  /// A key that cannot be read or used; `source` says where it was to come from.
  case key(source: String, reason: String)

  public var description: String {
    switch self {
    case .library(let text): "libcurl: \(text)"
    case .address(let text):
      "\"\(text)\" is no address of a language-model server; it is http://HOST:PORT or https://HOST"
    case .options(let text): text
    case .key(let source, let reason): "the key of the language-model server (\(source)): \(reason)"
    }
  }
}
