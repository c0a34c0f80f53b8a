import Foundation
import Judging

/// Why an answer cannot be read.
struct MalformedAnswer: Error, Hashable {
  let reason: String
}

/// Reads answers: strict about everything that goes into a label, tolerant where servers are known to differ.
enum ResponseDecoder {
  /// Above 0 by no more than this is the rounding of a server that computes in 32 bits, and means 0.
  static let logProbabilityRounding = 1e-4

  /// The answer without the server's name and the latency.
  /// - Throws: `MalformedAnswer` for what is not JSON, another number of choices than one, a missing text, fields of
  ///   other types, log-probabilities that are none, tokens and their alternatives in different numbers.
  static func answer(_ body: Data, endpoint: Endpoint) throws(MalformedAnswer) -> ModelAnswer {
    let response = try decode(ResponseBody.self, body)
    guard let choices = response.choices else { throw MalformedAnswer(reason: "it has no choices") }
    guard choices.count == 1 else { throw MalformedAnswer(reason: "it has \(choices.count) choices instead of 1") }
    let choice = choices[0]
    guard (choice.index ?? 0) == 0 else { throw MalformedAnswer(reason: "the choice's index is \(choice.index ?? 0)") }
    let text =
      switch endpoint {
      case .chat: choice.message?.content
      case .completion: choice.text
      }
    guard let text else { throw MalformedAnswer(reason: "the choice has no text") }
    let (promptTokens, answerTokens) = (response.usage?.promptTokens ?? 0, response.usage?.answerTokens ?? 0)
    guard promptTokens >= 0, answerTokens >= 0 else { throw MalformedAnswer(reason: "a count of tokens is negative") }
    return ModelAnswer(
      text: text, tokens: try tokens(choice.logprobs), promptTokens: promptTokens, answerTokens: answerTokens,
      model: response.model ?? "")
  }

  /// The names of the models a server has.
  static func models(_ body: Data) throws(MalformedAnswer) -> [String] {
    try decode(ModelList.self, body).data.map(\.id)
  }

  private static func decode<Body: Decodable>(_ type: Body.Type, _ body: Data) throws(MalformedAnswer) -> Body {
    do {
      return try JSONDecoder().decode(type, from: body)
    } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context) {
      throw MalformedAnswer(reason: "\(name(context.codingPath)) has another type than the protocol says")
    } catch DecodingError.keyNotFound(let key, let context) {
      throw MalformedAnswer(reason: "\(name(context.codingPath + [key])) is missing")
    } catch {
      throw MalformedAnswer(reason: body.isEmpty ? "it is empty" : "it is not JSON")
    }
  }

  /// "choices[0].text". Names are those of the protocol, but for the alternatives of completions, where they are tokens.
  private static func name(_ path: [any CodingKey]) -> String {
    let joined = path.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined()
    let name = ErrorText.printable(joined.hasPrefix(".") ? String(joined.dropFirst()) : joined, key: nil)
    return name.isEmpty ? "the whole" : name
  }

  // MARK: Log-probabilities

  private static func tokens(_ body: ResponseBody.LogProbabilities?) throws(MalformedAnswer) -> [ModelAnswer.Token] {
    guard let body else { return [] }
    if let content = body.content {
      var result: [ModelAnswer.Token] = []
      for token in content {
        let others = (token.topLogProbabilities ?? []).map { ($0.token, $0.logprob) }
        result.append(try self.token(token.token, token.logprob, others))
      }
      return result
    }
    guard let texts = body.tokens else { return [] }
    let (own, top) = (body.tokenLogProbabilities ?? [], body.topLogProbabilities ?? [])
    guard own.isEmpty || own.count == texts.count, top.isEmpty || top.count == texts.count else {
      throw MalformedAnswer(reason: "tokens and their log-probabilities differ in number")
    }
    var result: [ModelAnswer.Token] = []
    for (index, text) in texts.enumerated() {
      let others = top.isEmpty ? [:] : top[index] ?? [:]
      let ownValue = own.isEmpty ? others[text] : own[index] ?? others[text]
      guard let ownValue else { throw MalformedAnswer(reason: "a token has no log-probability") }
      result.append(try token(text, ownValue, others.map { ($0.key, $0.value) }))
    }
    return result
  }

  /// The token itself is one of its alternatives, whether the server says so or not.
  private static func token(
    _ text: String, _ own: Double, _ others: [(String, Double)]
  ) throws(MalformedAnswer) -> ModelAnswer.Token {
    var alternatives: [ModelAnswer.Alternative] = []
    let all = others.contains { $0.0 == text } ? others : others + [(text, own)]
    for (other, value) in all { alternatives.append(.init(text: other, logProbability: try checked(value))) }
    _ = try checked(own)
    // Equal ones by their text: dictionaries have no order.
    alternatives.sort { ($1.logProbability, $0.text) < ($0.logProbability, $1.text) }
    return ModelAnswer.Token(text: text, alternatives: alternatives)
  }

  private static func checked(_ value: Double) throws(MalformedAnswer) -> Double {
    guard value.isFinite, value <= logProbabilityRounding else {
      throw MalformedAnswer(reason: "\(value) is no log-probability")
    }
    return min(value, 0)
  }
}
