import Foundation
import Judging

/// Speaks the protocol with one server. Each request ends with one answer or one failure.
struct ServerConnection: Sendable {
  let address: ServerAddress
  let key: APIKey?
  let http: HTTPClient
  let connectTimeoutSeconds: Double

  /// - Returns: the answer without server and latency.
  func ask(
    _ question: ModelQuestion, model: String, features: QuestionFeatures, timeoutSeconds: Double
  ) async throws(AttemptFailure) -> ModelAnswer {
    guard let body = RequestBody(question, model: model, features: features).json else {
      throw .status(400, "the question cannot be written as JSON", retryAfterSeconds: nil)
    }
    let response = try await send(question.endpoint.path, body, timeoutSeconds)
    do {
      let answer = try ResponseDecoder.answer(response.body, endpoint: question.endpoint)
      // A server that ignores the schema answers in plain words, which are read directly.
      return features.constraint == .responseFormat ? SchemaAnswer.unwrapped(answer) ?? answer : answer
    } catch {
      throw .malformed(error.reason)
    }
  }

  /// The names of the server's models.
  func models(timeoutSeconds: Double) async throws(AttemptFailure) -> [String] {
    let response = try await send("/models", nil, timeoutSeconds)
    do {
      return try ResponseDecoder.models(response.body)
    } catch {
      throw .malformed(error.reason)
    }
  }

  private func send(_ path: String, _ body: Data?, _ timeoutSeconds: Double) async throws(AttemptFailure)
    -> HTTPResponse
  {
    // Without "Expect:" libcurl would ask for permission before a long body and wait a second for the reply.
    var headers = ["Content-Type: application/json", "Accept: application/json", "Expect:"]
    if let key { headers.append(key.headerLine) }
    let request = HTTPRequest(
      url: address.url(path), body: body, headers: headers, connectTimeoutSeconds: connectTimeoutSeconds,
      timeoutSeconds: timeoutSeconds)
    switch await http.send(request) {
    case .success(let response) where response.status == 200: return response
    case .success(let response):
      throw .status(
        response.status, ErrorText.of(response.body, key: key), retryAfterSeconds: response.retryAfterSeconds)
    case .failure(.unreachable(let text)): throw .unreachable(text)
    case .failure(.timeout): throw .timeout(timeoutSeconds)
    case .failure(.tooLong(let bytes)): throw .malformed("it is longer than \(bytes) bytes")
    case .failure(.notHTTP(let text)): throw .malformed(text)
    case .failure(.cancelled): throw .cancelled
    }
  }
}
