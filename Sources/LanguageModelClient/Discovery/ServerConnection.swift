import Foundation
import Judging

/// Speaks the protocol with one server. Each request ends with one answer or one failure.
struct ServerConnection: Sendable {
  /// Statuses whose cause may be the address rather than the question.
  private static let addressStatuses = [301, 302, 303, 307, 308, 404, 405]
  /// Bytes of a token, for servers that do not count tokens.
  private static let bytesPerToken = 4

  let address: ServerAddress
  let key: APIKey?
  let http: HTTPClient
  let connectTimeoutSeconds: Double
  var thinking = ThinkingOptions()
  /// File with the certificates of the authorities to trust; nil for the system's.
  var authorities: String?

  /// - Parameter base: the path before the endpoint, one of `address.bases`.
  /// - Returns: the answer without server and latency.
  func ask(
    _ question: ModelQuestion, at base: String, model: String, features: QuestionFeatures, timeoutSeconds: Double
  ) async throws(AttemptFailure) -> ModelAnswer {
    guard let body = RequestBody(question, model: model, features: features, thinking: thinking).json else {
      throw .status(400, "the question cannot be written as JSON", retryAfterSeconds: nil)
    }
    let response = try await send(base, question.endpoint.path, body, timeoutSeconds)
    if let error = ResponseDecoder.error(in: response.body, key: key) {
      throw .status(error.status, error.text, retryAfterSeconds: response.retryAfterSeconds)
    }
    do {
      var answer = try ResponseDecoder.answer(response.body, endpoint: question.endpoint)
      // Limits that count tokens must hold at servers that do not count them, too.
      if answer.promptTokens == 0 { answer.promptTokens = max(1, body.count / Self.bytesPerToken) }
      if answer.answerTokens == 0 {
        answer.answerTokens = max(answer.tokens.count, answer.text.utf8.count / Self.bytesPerToken, 1)
      }
      // A server that ignores the schema answers in plain words, which are read directly.
      return features.constraint == .responseFormat ? SchemaAnswer.unwrapped(answer) ?? answer : answer
    } catch {
      throw .malformed(error.reason)
    }
  }

  /// The names of the server's models.
  func models(at base: String, timeoutSeconds: Double) async throws(AttemptFailure) -> [String] {
    let response = try await send(base, "/models", nil, timeoutSeconds)
    if let error = ResponseDecoder.error(in: response.body, key: key) {
      throw .status(error.status, error.text, retryAfterSeconds: response.retryAfterSeconds)
    }
    do {
      return try ResponseDecoder.models(response.body)
    } catch {
      throw .malformed(error.reason)
    }
  }

  private func send(
    _ base: String, _ path: String, _ body: Data?, _ timeoutSeconds: Double
  ) async throws(AttemptFailure) -> HTTPResponse {
    // Without "Expect:" libcurl would ask for permission before a long body and wait a second for the reply.
    var headers = ["Content-Type: application/json", "Accept: application/json", "Expect:"]
    if let key { headers.append(key.headerLine) }
    let url = address.url(base, path)
    var request = HTTPRequest(
      url: url, body: body, headers: headers, connectTimeoutSeconds: connectTimeoutSeconds,
      timeoutSeconds: timeoutSeconds)
    request.authorities = authorities
    // Proxies of the environment are for servers elsewhere.
    request.usesProxy = !address.isLoopback
    switch await http.send(request) {
    case .success(let response) where (200..<300).contains(response.status): return response
    case .success(let response):
      var text = ErrorText.of(response.body, key: key)
      if Self.addressStatuses.contains(response.status) { text += text.isEmpty ? "at \(url)" : " (at \(url))" }
      throw .status(response.status, text, retryAfterSeconds: response.retryAfterSeconds)
    case .failure(.unreachable(let text)): throw .unreachable(text)
    case .failure(.timeout): throw .timeout(timeoutSeconds)
    case .failure(.tooLong(let bytes)): throw .malformed("it is longer than \(bytes) bytes")
    case .failure(.notHTTP(let text)): throw .malformed(text)
    case .failure(.cancelled): throw .cancelled
    }
  }
}
