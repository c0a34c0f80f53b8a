import Judging

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
