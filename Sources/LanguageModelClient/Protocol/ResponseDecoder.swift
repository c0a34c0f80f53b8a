import Foundation
import Judging

/// Why a response cannot be decoded.
struct MalformedAnswer: Error, Hashable {
  let reason: String
}

/// Decodes responses. Reading is lenient: optional fields may be missing, null or of another type. What remains is
/// judged strictly: a log-probability that is none is not used, and an answer without a text is no answer.
enum ResponseDecoder {
  /// A log-probability above 0 by at most this much is a rounding error of 32-bit arithmetic and means 0.
  static let logProbabilityRounding = 1e-4
  /// Bytes of a body that an error repeats.
  private static let shownBytes = 80

  /// The answer without the server's name and the latency.
  /// - Throws: `MalformedAnswer` if the body is not JSON, does not have exactly one choice, or has no text.
  static func answer(_ body: Data, endpoint: Endpoint) throws(MalformedAnswer) -> ModelAnswer {
    let response = try decode(ResponseBody.self, body)
    guard let choices = response.choices else { throw MalformedAnswer(reason: "it has no choices") }
    guard choices.count == 1 else { throw MalformedAnswer(reason: "it has \(choices.count) choices instead of 1") }
    let choice = choices[0]
    if let index = choice.index?.value, index != 0 { throw MalformedAnswer(reason: "the choice's index is \(index)") }
    let message = choice.message
    // Servers of completions answer chats with `text`, and the reverse.
    let content = endpoint == .chat ? message?.content?.text ?? choice.text : choice.text ?? message?.content?.text
    let thoughts = message?.thoughts ?? ""
    guard let text = content ?? (thoughts.isEmpty ? message?.refusal?.value : "") else {
      throw MalformedAnswer(reason: "the choice has no text")
    }
    var answer = ModelAnswer(
      text: text, tokens: tokens(choice.logprobs?.value), promptTokens: response.usage?.value?.prompt ?? 0,
      answerTokens: response.usage?.value?.answer ?? 0, model: response.model?.value ?? "")
    if content == nil, thoughts.isEmpty {
      (answer.text, answer.problem) = ("", "the model refuses: \(ErrorText.printable(text, key: nil))")
    }
    return ThinkingText.answer(answer, hasThoughts: !thoughts.isEmpty)
  }

  /// The error in a response whose status claims success, as gateways send it; nil if there is none.
  static func error(in body: Data, key: APIKey?) -> (status: Int, text: String)? {
    guard let object = try? JSONSerialization.jsonObject(with: trimmed(body)) as? [String: Any],
      let error = object["error"], !(error is NSNull), object["choices"] == nil || object["choices"] is NSNull
    else { return nil }
    let code = (error as? [String: Any])?["code"]
    let status = (code as? Int) ?? (code as? String).flatMap(Int.init) ?? 500
    return ((400...599).contains(status) ? status : 500, ErrorText.of(body, key: key))
  }

  /// The names of a server's models.
  static func models(_ body: Data) throws(MalformedAnswer) -> [String] {
    try decode(ModelList.self, body).names
  }

  private static func decode<Body: Decodable>(_ type: Body.Type, _ body: Data) throws(MalformedAnswer) -> Body {
    do {
      return try JSONDecoder().decode(type, from: trimmed(body))
    } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context) {
      throw MalformedAnswer(reason: "\(name(context.codingPath)) has another type than the protocol says")
    } catch DecodingError.keyNotFound(let key, let context) {
      throw MalformedAnswer(reason: "\(name(context.codingPath + [key])) is missing")
    } catch {
      let start = ErrorText.printable(String(decoding: body.prefix(shownBytes), as: UTF8.self), key: nil)
      throw MalformedAnswer(reason: body.isEmpty ? "it is empty" : "it is not JSON: \"\(start)\"")
    }
  }

  /// A body without the byte-order mark that some servers send.
  private static func trimmed(_ body: Data) -> Data {
    body.starts(with: [0xEF, 0xBB, 0xBF]) ? body.dropFirst(3) : body
  }

  /// "choices[0].text". Names are those of the protocol, but for the alternatives of completions, where they are
  /// tokens.
  private static func name(_ path: [any CodingKey]) -> String {
    let joined = path.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined()
    let name = ErrorText.printable(joined.hasPrefix(".") ? String(joined.dropFirst()) : joined, key: nil)
    return name.isEmpty ? "the whole" : name
  }

  // MARK: Log-probabilities

  /// The tokens; none if the server gives none, or any of them cannot be used.
  private static func tokens(_ body: ResponseBody.LogProbabilities?) -> [ModelAnswer.Token] {
    guard let body else { return [] }
    let tokens = body.content.map { $0.map(token) } ?? completionTokens(body)
    return tokens.contains { $0 == nil } ? [] : tokens.compactMap(\.self)
  }

  private static func token(_ token: ResponseBody.ChatToken) -> ModelAnswer.Token? {
    self.token(token.token, token.logprob, (token.topLogProbabilities ?? []).map { ($0.token, $0.logprob) })
  }

  /// The tokens in the form of completions. Their numbers must agree.
  private static func completionTokens(_ body: ResponseBody.LogProbabilities) -> [ModelAnswer.Token?] {
    guard let texts = body.tokens else { return [] }
    let (own, top) = (body.tokenLogProbabilities ?? [], body.topLogProbabilities ?? [])
    guard own.isEmpty || own.count == texts.count, top.isEmpty || top.count == texts.count else { return [] }
    return texts.enumerated().map { index, text in
      let others = top.isEmpty ? [:] : top[index] ?? [:]
      guard let value = own.isEmpty ? others[text] : own[index] ?? others[text] else { return nil }
      return token(text, value, others.map { ($0.key, $0.value) })
    }
  }

  /// Adds the token to its alternatives if the server omits it.
  /// - Returns: nil if a number is no log-probability.
  private static func token(_ text: String, _ own: Double, _ others: [(String, Double)]) -> ModelAnswer.Token? {
    let all = others.contains { $0.0 == text } ? others : others + [(text, own)]
    guard ([own] + all.map(\.1)).allSatisfy({ $0.isFinite && $0 <= logProbabilityRounding }) else { return nil }
    var alternatives = all.map { ModelAnswer.Alternative(text: $0.0, logProbability: min($0.1, 0)) }
    // Equal probabilities are ordered by text, because dictionaries have no order.
    alternatives.sort { ($1.logProbability, $0.text) < ($0.logProbability, $1.text) }
    return ModelAnswer.Token(text: text, alternatives: alternatives)
  }
}
