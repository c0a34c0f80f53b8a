import Judging

/// The form in which a server accepts a question: optional fields, the names of fields, and roles.
struct QuestionFeatures: Sendable, Hashable {
  /// The field that limits the tokens of an answer. Newer models of OpenAI refuse the older name.
  enum TokenLimit: String, Sendable, Hashable, CaseIterable {
    case maximumTokens = "max_tokens"
    case maximumCompletionTokens = "max_completion_tokens"
  }

  /// Alternatives per token; 0 for none.
  var alternatives: Int
  var constraint: AnswerConstraint?
  var tokenLimit = TokenLimit.maximumTokens
  /// Whether a temperature is sent; models that allow only their own refuse others.
  var hasTemperature = true
  /// Whether instructions are a turn of the role "system"; otherwise they precede the user's first turn.
  var hasSystemRole = true
  /// Tokens that the model may use in addition to the answer, because it thinks first.
  var thinkingTokens = 0

  /// The features without one field, for a retry after a refusal; nil if none is left. The field that fewer servers
  /// support is removed first.
  var reduced: QuestionFeatures? {
    var result = self
    if constraint != nil {
      result.constraint = nil
    } else if alternatives > 0 {
      result.alternatives = 0
    } else if hasTemperature || hasSystemRole {
      (result.hasTemperature, result.hasSystemRole) = (false, false)
    } else if tokenLimit == .maximumTokens {
      result.tokenLimit = .maximumCompletionTokens
    } else {
      return nil
    }
    return result
  }
}

extension QuestionFeatures: CustomStringConvertible {
  var description: String {
    let first = alternatives > 0 ? "log-probabilities of \(alternatives) alternatives" : "no log-probabilities"
    var parts = [first]
    if let constraint { parts.append("choices by \(constraint.rawValue)") }
    if tokenLimit != .maximumTokens { parts.append(tokenLimit.rawValue) }
    if !hasTemperature { parts.append("no temperature") }
    if !hasSystemRole { parts.append("no system role") }
    if thinkingTokens > 0 { parts.append("\(thinkingTokens) tokens to think") }
    return parts.joined(separator: ", ")
  }
}

/// A kind of question. Discovery finds out the features of a server for each kind before the first question of that
/// kind.
struct QuestionKind: Sendable, Hashable {
  var endpoint: Endpoint
  /// Whether the answer is one of given choices.
  var isConstrained: Bool
  /// Whether a turn has the role "system".
  var hasSystemTurn: Bool

  init(_ question: ModelQuestion) {
    endpoint = question.endpoint
    isConstrained = !question.choices.isEmpty
    hasSystemTurn =
      switch question.input {
      case .chat(let turns): turns.contains { $0.role == .system }
      case .completion: false
      }
  }
}

/// A field that constrains the model to given answers. No server supports all of them, and servers ignore unknown
/// fields silently.
enum AnswerConstraint: String, Sendable, Hashable, CaseIterable {
  /// vLLM 0.12 and later: `structured_outputs: {choice: [...]}`.
  case structuredOutputs = "structured_outputs"
  /// llama.cpp: `grammar`, a text in GBNF.
  case grammar
  /// vLLM before 0.12: `guided_choice`.
  case guidedChoice = "guided_choice"
  /// OpenAI, Ollama and most others: `response_format` with a JSON schema. Tried last: it costs tokens.
  case responseFormat = "response_format"

  /// A grammar in GBNF (llama.cpp's dialect of Backus-Naur form) of which the choices are the only texts.
  static func grammar(of choices: [String]) -> String {
    "root ::= " + choices.map(literal).joined(separator: " | ")
  }

  private static func literal(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

/// The two endpoints. A server may offer different features on each.
enum Endpoint: Sendable, Hashable {
  case chat, completion

  var path: String {
    switch self {
    case .chat: "/chat/completions"
    case .completion: "/completions"
    }
  }
}

extension ModelQuestion {
  var endpoint: Endpoint {
    switch input {
    case .chat: .chat
    case .completion: .completion
    }
  }
}
