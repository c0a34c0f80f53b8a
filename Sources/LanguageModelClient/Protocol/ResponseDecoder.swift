import Foundation
import Judging

/// Why a response cannot be decoded.
struct MalformedAnswer: Error, Hashable {
  let reason: String
}

/// Decodes responses: strict about everything that affects a label, tolerant about known differences between servers.
enum ResponseDecoder {
  /// A log-probability above 0 by at most this much is a rounding error of 32-bit arithmetic and means 0.
  static let logProbabilityRounding = 1e-4

  /// The answer without the server's name and the latency.
  /// - Throws: `MalformedAnswer` if the body is not JSON, does not have exactly one choice, or has no text, and if
  ///   fields have wrong types, log-probabilities are invalid, or the numbers of tokens and alternatives differ.
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

  /// The names of a server's models.
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

  /// "choices[0].text". Names are those of the protocol, but for the alternatives of completions, where they are
  /// tokens.
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

  /// Adds the token to its alternatives if the server omits it.
  private static func token(
    _ text: String, _ own: Double, _ others: [(String, Double)]
  ) throws(MalformedAnswer) -> ModelAnswer.Token {
    var alternatives: [ModelAnswer.Alternative] = []
    let all = others.contains { $0.0 == text } ? others : others + [(text, own)]
    for (other, value) in all { alternatives.append(.init(text: other, logProbability: try checked(value))) }
    _ = try checked(own)
    // Equal probabilities are ordered by text, because dictionaries have no order.
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

/// The fields of a response that the decoder reads. Fields that may be absent or null are optional; a field with a
/// wrong type makes the whole response unreadable.
struct ResponseBody: Decodable {
  struct Choice: Decodable {
    var index: Int?
    /// The message of a chat.
    var message: Message?
    /// The text of a completion.
    var text: String?
    var logprobs: LogProbabilities?
  }

  struct Message: Decodable {
    var content: String?
  }

  struct Usage: Decodable {
    var promptTokens: Int?
    var answerTokens: Int?

    private enum CodingKeys: String, CodingKey {
      case promptTokens = "prompt_tokens"
      case answerTokens = "completion_tokens"
    }
  }

  /// `content` in the form of chats, which llama.cpp gives for completions too; the others in that of completions.
  struct LogProbabilities: Decodable {
    var content: [ChatToken]?
    var tokens: [String]?
    var tokenLogProbabilities: [Double?]?
    var topLogProbabilities: [[String: Double]?]?

    private enum CodingKeys: String, CodingKey {
      case content, tokens
      case tokenLogProbabilities = "token_logprobs"
      case topLogProbabilities = "top_logprobs"
    }
  }

  struct ChatToken: Decodable {
    var token: String
    var logprob: Double
    var topLogProbabilities: [ChatAlternative]?

    private enum CodingKeys: String, CodingKey {
      case token, logprob
      case topLogProbabilities = "top_logprobs"
    }
  }

  struct ChatAlternative: Decodable {
    var token: String
    var logprob: Double
  }

  var choices: [Choice]?
  var model: String?
  var usage: Usage?
}

/// The response to GET /v1/models.
struct ModelList: Decodable {
  struct Model: Decodable {
    var id: String
  }

  var data: [Model]
}

/// A server's error message as a line for the log: short, printable, without the key.
enum ErrorText {
  static let maximumCharacters = 200

  /// - Parameter body: JSON with `error` as an object or a text, or `detail` or `message` as a text; or anything else.
  static func of(_ body: Data, key: APIKey?) -> String {
    var text = String(decoding: body.prefix(4 * APIKey.maximumBytes), as: UTF8.self)
    if let object = try? JSONSerialization.jsonObject(with: body) as? [String: Any] {
      let error = object["error"]
      let candidates = [(error as? [String: Any])?["message"], error, object["detail"], object["message"]]
      if let found = candidates.lazy.compactMap({ $0 as? String }).first { text = found }
    }
    return printable(text, key: key)
  }

  /// A text from a server as one line.
  static func printable(_ text: String, key: APIKey?) -> String {
    // The key is removed before the text is cut, so that no part of it stays.
    let open = key?.removed(from: text) ?? text
    let words = open.unicodeScalars.split { !(0x21...0x7E).contains($0.value) }
    let line = words.map { String(String.UnicodeScalarView($0)) }.joined(separator: " ")
    return line.count > maximumCharacters ? line.prefix(maximumCharacters) + "..." : line
  }
}
