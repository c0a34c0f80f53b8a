/// One question to a language model, as it is sent; whatever can be constrained is a wish that a server may not know.
public struct ModelQuestion: Sendable, Hashable {
  /// What a server is given to go on from.
  public enum Input: Sendable, Hashable {
    /// A conversation, put into the model's own template by the server.
    case chat([ChatMessage])
    /// Plain text to be continued.
    case completion(String)
  }

  public var input: Input
  /// Tokens of the answer at most.
  public var maximumTokens: Int
  /// 0 takes the likeliest token each time.
  public var temperature: Double
  /// Alternatives wanted for each token of the answer, with their log-probabilities; 0 for none.
  public var topAlternatives: Int
  /// The answer is to be one of these, where the server can hold the model to it; empty for a free answer.
  public var choices: [String]
  /// Texts at which the answer ends, not part of it.
  public var stops: [String]

  public init(
    _ input: Input, maximumTokens: Int, temperature: Double = 0, topAlternatives: Int = 0, choices: [String] = [],
    stops: [String] = []
  ) {
    self.input = input
    self.maximumTokens = maximumTokens
    self.temperature = temperature
    self.topAlternatives = topAlternatives
    self.choices = choices
    self.stops = stops
  }
}
