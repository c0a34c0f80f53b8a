import Judging

/// The optional fields of a question that a server supports.
struct QuestionFeatures: Sendable, Hashable {
  /// Alternatives per token; 0 for none.
  var alternatives: Int
  var constraint: AnswerConstraint?

  /// The features without one field, for a retry after status 400; nil if none is left. The field that fewer servers
  /// support is removed first.
  var reduced: QuestionFeatures? {
    var result = self
    if constraint != nil {
      result.constraint = nil
    } else if alternatives > 0 {
      result.alternatives = 0
    } else {
      return nil
    }
    return result
  }
}

extension QuestionFeatures: CustomStringConvertible {
  var description: String {
    let first = alternatives > 0 ? "log-probabilities of \(alternatives) alternatives" : "no log-probabilities"
    return first + (constraint.map { ", choices by \($0.rawValue)" } ?? "")
  }
}

/// A kind of question. Discovery finds out the features of a server for each kind before the first question of that
/// kind.
struct QuestionKind: Sendable, Hashable {
  var endpoint: Endpoint
  /// Whether the answer is one of given choices.
  var isConstrained: Bool

  init(_ question: ModelQuestion) {
    endpoint = question.endpoint
    isConstrained = !question.choices.isEmpty
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
