/// A language model: one or several servers. Any number of questions may run concurrently.
public protocol LanguageModel: Sendable {
  /// The model's name; nil while it is unknown. Every label needs it.
  var name: String? { get }
  /// Questions that the servers can answer concurrently.
  var concurrency: Int { get }

  /// Asks, with retries where they can help, until there is an answer or the deadline has passed.
  /// - Parameter deadlineSeconds: from now, including retries.
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

/// One question to a language model. Servers may ignore the optional fields.
public struct ModelQuestion: Sendable, Hashable {
  /// What the server receives.
  public enum Input: Sendable, Hashable {
    /// A conversation, which the server puts into the model's template.
    case chat([ChatMessage])
    /// Plain text that the model continues.
    case completion(String)
  }

  public var input: Input
  /// Maximum number of tokens of the answer.
  public var maximumTokens: Int
  /// Sampling temperature; 0 takes the likeliest token each time.
  public var temperature: Double
  /// Alternatives per token of the answer, with their log-probabilities; 0 for none.
  public var topAlternatives: Int
  /// The allowed answers, if the server can constrain the model; empty for any answer.
  public var choices: [String]
  /// Texts that end the answer and are not part of it.
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

/// A language model's answer to one question.
public struct ModelAnswer: Sendable, Hashable {
  /// One token of the answer with its alternatives, likeliest first.
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
  /// Why the text says nothing, if the server or the model gave a reason, such as a refusal.
  public var problem: String?
  /// Tokens with log-probabilities; empty if the server gives none.
  public var tokens: [Token]
  /// Tokens of the question, as the server counted them; 0 if it did not.
  public var promptTokens: Int
  public var answerTokens: Int
  /// The model's name as the server reports it.
  public var model: String
  /// The server's address, without credentials.
  public var server: String
  /// Seconds from the first attempt to the answer, including retries and waits.
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

/// Why a language model did not answer. A failure says nothing about the caption, which is queued again.
public enum ModelFailure: Error, Sendable, Hashable, CustomStringConvertible {
  /// No server took the question in time: refused connections, timeouts, open circuit breakers.
  case unavailable(String)
  /// A server refused the question permanently: a wrong key, an unknown model, an unsupported field.
  case refused(server: String, status: Int, String)
  /// The response violates the protocol: incomplete, too long, not JSON, or with wrong fields.
  case malformed(server: String, String)
  /// The caller cancelled the question.
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
