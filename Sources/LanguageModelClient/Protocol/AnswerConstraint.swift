/// A way of holding the model to given answers. No server knows all of them, and what a server does not know it
/// ignores without a word.
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
