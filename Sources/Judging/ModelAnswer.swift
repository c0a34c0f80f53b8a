/// What a language model answered to one question.
public struct ModelAnswer: Sendable, Hashable {
  /// One token of the answer: what else could have stood there, likeliest first.
  public struct Token: Sendable, Hashable {
    public var text: String
    /// Natural logarithms of probabilities, each finite and at most 0.
    public var alternatives: [Alternative]

    public init(text: String, alternatives: [Alternative]) {
      self.text = text
      self.alternatives = alternatives
    }
  }

  public struct Alternative: Sendable, Hashable {
    public var text: String
    public var logProbability: Double

    public init(text: String, logProbability: Double) {
      self.text = text
      self.logProbability = logProbability
    }
  }

  public var text: String
  /// Empty where the server offers no log-probabilities.
  public var tokens: [Token]
  /// As the server counted them; 0 where it did not.
  public var promptTokens: Int
  public var answerTokens: Int
  /// The model's name as the server gave it.
  public var model: String
  /// The server's address, without credentials.
  public var server: String
  /// From the first attempt to the answer, retries and waits included.
  public var latencySeconds: Double

  public init(
    text: String, tokens: [Token] = [], promptTokens: Int = 0, answerTokens: Int = 0, model: String = "",
    server: String = "", latencySeconds: Double = 0
  ) {
    self.text = text
    self.tokens = tokens
    self.promptTokens = promptTokens
    self.answerTokens = answerTokens
    self.model = model
    self.server = server
    self.latencySeconds = latencySeconds
  }
}
