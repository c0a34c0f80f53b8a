/// Something that answers questions: one or many servers behind one face. Any number of questions may be under way.
public protocol LanguageModel: Sendable {
  /// What the model is called; nil until it is known, which no label can do without.
  var name: String? { get }
  /// Questions worth having under way at once.
  var concurrency: Int { get }

  /// Asks, again where asking again can help, until there is an answer or the deadline has passed.
  /// - Parameter deadlineSeconds: from now, retries included.
  func answer(_ question: ModelQuestion, deadlineSeconds: Double) async throws(ModelFailure) -> ModelAnswer
}

/// One turn of a conversation with a language model.
public struct ChatMessage: Sendable, Hashable {
  public enum Role: String, Sendable, Hashable { case system, user, assistant }

  public var role: Role
  public var text: String

  public init(_ role: Role, _ text: String) {
    self.role = role
    self.text = text
  }
}

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

/// Why a language model did not answer. None of these says anything about the caption: it goes back to the queue.
public enum ModelFailure: Error, Sendable, Hashable, CustomStringConvertible {
  /// No server took the question in time: refused connections, timeouts, open circuit breakers.
  case unavailable(String)
  /// A server refused the question for good: a wrong key, an unknown model, a field it does not take.
  case refused(server: String, status: Int, String)
  /// The answer came and was not what the protocol says: cut short, too long, not JSON, of other fields.
  case malformed(server: String, String)
  /// Whoever asked is leaving.
  case cancelled

  public var description: String {
    switch self {
    case .unavailable(let text): text
    case .refused(let server, let status, let text): "\(server) refused with status \(status): \(text)"
    case .malformed(let server, let text): "\(server) answered what cannot be read: \(text)"
    case .cancelled: "cancelled"
    }
  }
}
