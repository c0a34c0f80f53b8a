import Judging

/// Finds out the features of a server by asking it: its model, the number of log-probabilities, and the field that
/// constrains answers to given choices. Servers ignore unknown fields, so only an answer proves a feature.
struct Discovery: Sendable {
  /// llama.cpp, vLLM and OpenAI give 20 alternatives at most; older servers 5.
  static let alternatives = [20, 5]
  static let maximumListedModels = 20
  /// No model gives one of these answers to the question without a constraint.
  static let unnaturalChoices = ["zebra", "violin"]

  let connection: ServerConnection
  /// The required model, as configured or as another server reported it; if nil, the only model of the server.
  let model: String?
  /// Timeout of each request in seconds.
  let timeoutSeconds: Double

  func run(_ kind: QuestionKind) async throws(AttemptFailure) -> ServerCapabilities {
    let model = try await findModel()
    var features = QuestionFeatures(alternatives: try await findAlternatives(kind.endpoint, model))
    if kind.isConstrained { features.constraint = try await findConstraint(kind.endpoint, model) }
    return ServerCapabilities(model: model, features: [kind: features])
  }

  /// - Throws: the reason why the server has no model, or not the required one.
  func findModel() async throws(AttemptFailure) -> String {
    let models: [String]
    do {
      models = try await connection.models(timeoutSeconds: timeoutSeconds)
    } catch .status(let status, _, _) where [400, 404, 405, 501].contains(status) {
      guard let model else { throw Self.noModel("it lists no models, and none is configured") }
      return model
    }
    let listed = models.prefix(Self.maximumListedModels).joined(separator: ", ")
    if let model {
      // Ollama reads a name without a tag as the tag "latest".
      guard models.contains(model) || models.contains("\(model):latest") else {
        throw Self.noModel("there is no model \"\(model)\"; it has: \(shown(listed))")
      }
      return model
    }
    guard let only = models.first, models.count == 1 else {
      throw Self.noModel("one model has to be configured; it has: \(shown(listed))")
    }
    return only
  }

  private static func noModel(_ text: String) -> AttemptFailure { .status(404, text, retryAfterSeconds: nil) }

  private func shown(_ text: String) -> String {
    text.isEmpty ? "none" : ErrorText.printable(text, key: connection.key)
  }

  /// Maximum number of alternatives per token. The first question also proves that the server answers.
  private func findAlternatives(_ endpoint: Endpoint, _ model: String) async throws(AttemptFailure) -> Int {
    let question = Self.question(endpoint, "Is water wet? Answer with Yes or No.", maximumTokens: 1)
    for count in Self.alternatives {
      do {
        let answer = try await ask(question, model, QuestionFeatures(alternatives: count))
        return answer.tokens.isEmpty ? 0 : count
      } catch .status(let status, _, _) where [400, 422].contains(status) {
        continue
      }
    }
    _ = try await ask(question, model, QuestionFeatures(alternatives: 0))
    return 0
  }

  private func findConstraint(_ endpoint: Endpoint, _ model: String) async throws(AttemptFailure) -> AnswerConstraint? {
    var question = Self.question(endpoint, "What is the capital of France? Answer with its name.", maximumTokens: 8)
    question.choices = Self.unnaturalChoices
    for constraint in AnswerConstraint.allCases {
      do {
        let answer = try await ask(question, model, QuestionFeatures(alternatives: 0, constraint: constraint))
        if Self.unnaturalChoices.contains(answer.text) { return constraint }
      } catch .status(let status, _, _) where !RetryPolicy.isRetryable(status: status) {
        continue
      } catch .malformed {
        continue
      }
    }
    return nil
  }

  private func ask(
    _ question: ModelQuestion, _ model: String, _ features: QuestionFeatures
  ) async throws(AttemptFailure) -> ModelAnswer {
    try await connection.ask(question, model: model, features: features, timeoutSeconds: timeoutSeconds)
  }

  private static func question(_ endpoint: Endpoint, _ text: String, maximumTokens: Int) -> ModelQuestion {
    switch endpoint {
    case .chat: ModelQuestion(.chat([ChatMessage(.user, text)]), maximumTokens: maximumTokens)
    case .completion: ModelQuestion(.completion("Question: \(text)\nAnswer:"), maximumTokens: maximumTokens)
    }
  }
}

/// The features that discovery has found. Nothing is assumed from the server's name or version.
struct ServerCapabilities: Sendable, Hashable {
  var model: String
  /// The supported features for each kind of question.
  var features: [QuestionKind: QuestionFeatures]
}
