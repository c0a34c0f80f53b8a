import Judging

/// Searches for the richest form of a question that a server answers.
///
/// It asks the richest form first, which most servers answer. If that fails it asks the plainest forms, and if one of them
/// is answered it adds one field after the other. If none is answered, the first failure is the server's own.
struct FormSearch {
  /// llama.cpp, vLLM and OpenAI give 20 alternatives at most; others 5 or 1.
  private static let alternatives = [20, 5, 1]
  /// No model gives one of these answers to the question without a constraint.
  private static let unnaturalChoices = ["zebra", "violin"]
  /// Statuses that say nothing about the question: a wrong key, too many requests, a gateway, a model that loads.
  private static let otherStatuses = [401, 407, 429, 502, 503, 504]

  private let connection: ServerConnection
  private let timeoutSeconds: Double
  private let kind: QuestionKind
  private let model: String
  private(set) var base: String
  /// Fields that the server refuses, each with its own words.
  private(set) var remarks: [String] = []

  init(connection: ServerConnection, timeoutSeconds: Double, kind: QuestionKind, model: String, base: String) {
    self.connection = connection
    self.timeoutSeconds = timeoutSeconds
    self.kind = kind
    self.model = model
    self.base = base
  }

  mutating func run() async throws(AttemptFailure) -> QuestionFeatures {
    let richest = QuestionFeatures(alternatives: Self.alternatives[0])
    let failure: AttemptFailure
    do {
      return try await thinking(richest, try await ask(richest))
    } catch {
      failure = error
    }
    guard Self.mayBlameForm(failure) else { throw failure }
    guard var features = try await plainest(after: failure) else { throw failure }
    features = try await extended(features, failure)
    return try await thinking(features, try await ask(features))
  }

  /// Whether the same question in another form may be answered.
  private static func mayBlameForm(_ failure: AttemptFailure) -> Bool {
    switch failure {
    case .status(let status, _, _): !Self.otherStatuses.contains(status)
    case .malformed: true
    case .unreachable, .timeout, .cancelled: false
    }
  }

  /// The first of the plainest forms that is answered, at any path if there is nothing at this one; nil if
  /// none is.
  private mutating func plainest(after failure: AttemptFailure) async throws(AttemptFailure) -> QuestionFeatures? {
    let isElsewhere = if case .status(404, _, _) = failure { true } else { false }
    let bases = [base] + (isElsewhere ? connection.address.bases.filter { $0 != base } : [])
    for candidate in bases {
      base = candidate
      for limit in QuestionFeatures.TokenLimit.allCases {
        let form = QuestionFeatures(
          alternatives: 0, constraint: nil, tokenLimit: limit, hasTemperature: false, hasSystemRole: false)
        if try await self.failure(of: form) == nil { return form }
      }
    }
    base = bases[0]
    return nil
  }

  /// Adds to `plain` every field with which the question is still answered.
  /// - Parameter first: the failure of the richest form, for the log.
  private mutating func extended(
    _ plain: QuestionFeatures, _ first: AttemptFailure
  ) async throws(AttemptFailure) -> QuestionFeatures {
    var result = plain
    if plain.tokenLimit != .maximumTokens { remarks.append("takes \(plain.tokenLimit.rawValue) only") }
    var form = result
    form.hasTemperature = true
    if let refusal = try await failure(of: form) {
      remarks.append("refuses a temperature: \(refusal)")
    } else {
      result = form
    }
    form = result
    form.hasSystemRole = true
    if kind.hasSystemTurn, let refusal = try await failure(of: form) {
      remarks.append("refuses the role \"system\": \(refusal)")
    } else {
      result = form
    }
    for count in Self.alternatives {
      form = result
      form.alternatives = count
      guard let refusal = try await failure(of: form) else { return form }
      if count == Self.alternatives.last { remarks.append("refuses log-probabilities: \(refusal)") }
    }
    return result
  }

  /// The failure of a form; nil if it is answered.
  /// - Throws: failures that say nothing about the form.
  private func failure(of form: QuestionFeatures) async throws(AttemptFailure) -> AttemptFailure? {
    do {
      _ = try await ask(form)
      return nil
    } catch {
      guard Self.mayBlameForm(error) else { throw error }
      return error
    }
  }

  /// Adds tokens to think if the model needs them, and notes whether the server gives log-probabilities.
  private mutating func thinking(
    _ features: QuestionFeatures, _ answer: ModelAnswer
  ) async throws(AttemptFailure) -> QuestionFeatures {
    var result = features
    var answer = answer
    let tokens = connection.thinking.tokens
    if tokens > 0 {
      var form = features
      form.thinkingTokens = tokens
      if answer.problem == ThinkingText.unfinished {
        (result, answer) = (form, try await ask(form))
      } else if let later = try await laterAnswer(form, answer) {
        (result, answer) = (form, later)
      }
    }
    if result.thinkingTokens > 0 {
      remarks.append("thinks before it answers, with up to \(tokens) tokens (language_model.thinking_tokens)")
    }
    if answer.tokens.isEmpty { result.alternatives = 0 }
    return result
  }

  /// Where a template opens the thoughts in the prompt, nothing in their first token shows that they are thoughts: the
  /// model seems to say something else.
  /// - Parameter form: with tokens to think.
  /// - Returns: the answer after thoughts; nil if `answer` is one already, or if more tokens do not help.
  private func laterAnswer(
    _ form: QuestionFeatures, _ answer: ModelAnswer
  ) async throws(AttemptFailure) -> ModelAnswer? {
    guard kind.endpoint == .chat, answer.problem == nil, !Self.isYesOrNo(answer.text) else { return nil }
    do {
      let later = try await ask(form)
      return Self.isYesOrNo(later.text) ? later : nil
    } catch {
      // A failure says nothing about the form without thoughts, which was answered.
      if error == .cancelled { throw error }
      return nil
    }
  }

  /// Whether a text begins with one of the words that `ask` asks for.
  private static func isYesOrNo(_ text: String) -> Bool {
    ["yes", "no"].contains(text.drop { !$0.isLetter }.prefix { $0.isLetter }.lowercased())
  }

  /// The field that constrains answers to given choices; nil if the server honours none.
  func constraint(_ features: QuestionFeatures) async throws(AttemptFailure) -> AnswerConstraint? {
    var question = Self.question(kind, "What is the capital of France? Answer with its name.", maximumTokens: 8)
    question.choices = Self.unnaturalChoices
    for constraint in AnswerConstraint.allCases {
      var form = features
      (form.alternatives, form.constraint) = (0, constraint)
      do {
        let answer = try await ask(form, question)
        if Self.unnaturalChoices.contains(answer.text) { return constraint }
      } catch {
        guard Self.mayBlameForm(error) else { throw error }
      }
    }
    return nil
  }

  private func ask(_ form: QuestionFeatures) async throws(AttemptFailure) -> ModelAnswer {
    try await ask(form, Self.question(kind, "Is water wet? Answer with Yes or No.", maximumTokens: 1))
  }

  private func ask(_ form: QuestionFeatures, _ question: ModelQuestion) async throws(AttemptFailure) -> ModelAnswer {
    try await connection.ask(
      question, at: base, model: model, features: form, timeoutSeconds: timeoutSeconds)
  }

  private static func question(_ kind: QuestionKind, _ text: String, maximumTokens: Int) -> ModelQuestion {
    switch kind.endpoint {
    case .chat:
      let system = kind.hasSystemTurn ? [ChatMessage(.system, "You answer questions with one word.")] : []
      return ModelQuestion(.chat(system + [ChatMessage(.user, text)]), maximumTokens: maximumTokens)
    case .completion:
      return ModelQuestion(.completion("Question: \(text)\nAnswer:"), maximumTokens: maximumTokens)
    }
  }
}
