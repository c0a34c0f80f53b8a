import Foundation
import Judging

/// An answer inside a JSON object, `{"answer": "Yes"}`: what servers that are given a JSON schema reply with. OpenAI takes
/// no schema but an object's.
enum SchemaAnswer {
  static let key = "answer"
  /// Tokens of the object around an answer, at most.
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

  /// The answer itself: its text, and its tokens without what stands around it.
  /// - Returns: nil if the text is no such object.
  static func unwrapped(_ answer: ModelAnswer) -> ModelAnswer? {
    guard let object = try? JSONDecoder().decode(Object.self, from: Data(answer.text.utf8)) else { return nil }
    var result = answer
    result.text = object.answer
    result.tokens = tokens(of: object.answer, in: answer.tokens)
    return result
  }

  /// The tokens from the one on in which the answer begins; of that one and what else could have stood there, only what
  /// comes after the opening quote.
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

  /// How many characters of `token` belong to what stands before the answer; nil while all of them do.
  private static func opening(_ before: String, _ token: String) -> Int? {
    let whole = before + token
    guard let colon = whole.firstIndex(of: ":"), let quote = whole[colon...].firstIndex(of: "\"") else { return nil }
    let start = whole.distance(from: whole.startIndex, to: whole.index(after: quote))
    return max(0, start - before.count)
  }
}

/// What of a question's wishes is sent to a server that may not know them all.
struct QuestionFeatures: Sendable, Hashable {
  /// Alternatives asked for each token; 0 for none.
  var alternatives: Int
  var constraint: AnswerConstraint?

  /// With one wish less, or nil if there is none left: what to try when a server answers 400. The one that fewer servers
  /// know goes first.
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

/// What has to be known of a server before a question of this kind is put to it.
struct QuestionKind: Sendable, Hashable {
  var endpoint: Endpoint
  /// The answer is one of given choices.
  var isConstrained: Bool

  init(_ question: ModelQuestion) {
    endpoint = question.endpoint
    isConstrained = !question.choices.isEmpty
  }
}
