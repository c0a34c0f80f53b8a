import Foundation
import Judging

/// An answer inside a JSON object, `{"answer": "Yes"}`, which servers return for a JSON schema. OpenAI accepts only
/// schemas of objects.
enum SchemaAnswer {
  static let key = "answer"
  /// Maximum number of tokens of the object around an answer.
  static let additionalTokens = 12

  struct Schema: Encodable {
    struct Property: Encodable {
      var type = "string"
      var `enum`: [String]
    }

    var type = "object"
    var properties: [String: Property]
    var required = [SchemaAnswer.key]
    var additionalProperties = false

    init(_ choices: [String]) { properties = [SchemaAnswer.key: Property(enum: choices)] }
  }

  private struct Object: Decodable {
    var answer: String
  }

  /// The text and tokens of the answer without the object around it.
  /// - Returns: nil if the text is not such an object.
  static func unwrapped(_ answer: ModelAnswer) -> ModelAnswer? {
    guard let object = try? JSONDecoder().decode(Object.self, from: Data(answer.text.utf8)) else { return nil }
    var result = answer
    result.text = object.answer
    result.tokens = tokens(of: object.answer, in: answer.tokens)
    return result
  }

  /// The tokens from the beginning of the answer. The first token and its alternatives are cut after the opening quote.
  private static func tokens(of text: String, in tokens: [ModelAnswer.Token]) -> [ModelAnswer.Token] {
    var before = ""
    for (index, token) in tokens.enumerated() {
      let opening = opening(before, token.text)
      guard let opening, !token.text.dropFirst(opening).isEmpty else {
        before += token.text
        continue
      }
      var rest = Array(tokens[index...])
      rest[0].text = String(token.text.dropFirst(opening))
      let prefix = token.text.prefix(opening)
      rest[0].alternatives = token.alternatives.map { alternative in
        var alternative = alternative
        if alternative.text.hasPrefix(prefix) { alternative.text = String(alternative.text.dropFirst(opening)) }
        return alternative
      }
      return rest
    }
    return []
  }

  /// Number of characters of `token` before the answer; nil if all of them are.
  private static func opening(_ before: String, _ token: String) -> Int? {
    let whole = before + token
    guard let colon = whole.firstIndex(of: ":"), let quote = whole[colon...].firstIndex(of: "\"") else { return nil }
    let start = whole.distance(from: whole.startIndex, to: whole.index(after: quote))
    return max(0, start - before.count)
  }
}
