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

/// The address of an OpenAI-compatible server.
///
/// Credentials in an address are dropped and not sent. Keys have a separate source, which process lists do not show.
struct ServerAddress: Sendable, Hashable, CustomStringConvertible {
  /// "http://host:8000", the form that is logged and stored.
  let description: String
  let isEncrypted: Bool
  let isLoopback: Bool

  /// - Parameter text: `http://HOST[:PORT][/PATH]` or https; a last component "/v1" is optional.
  /// - Throws: `ClientError.address`.
  init(_ text: String) throws(ClientError) {
    guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), var components = URLComponents(string: text),
      let scheme = components.scheme?.lowercased(), ["http", "https"].contains(scheme),
      let host = components.host, !host.isEmpty, components.query == nil, components.fragment == nil,
      (1...65535).contains(components.port ?? 80)
    else { throw .address(Self.withoutCredentials(text)) }
    components.scheme = scheme
    components.user = nil
    components.password = nil
    var path = components.path
    while path.hasSuffix("/") { path.removeLast() }
    if path.hasSuffix("/v1") { path.removeLast(3) }
    components.path = path
    guard let address = components.string else { throw .address(Self.withoutCredentials(text)) }
    description = address
    isEncrypted = scheme == "https"
    isLoopback = host == "localhost" || host.hasPrefix("127.") || host == "::1" || host == "[::1]"
  }

  /// - Parameter path: below "/v1", such as "/models".
  func url(_ path: String) -> String { "\(description)/v1\(path)" }

  private static func withoutCredentials(_ text: String) -> String {
    guard let at = text.lastIndex(of: "@") else { return text }
    let start = text.range(of: "//")?.upperBound ?? text.startIndex
    let rest = String(text[text.index(after: at)...])
    return start <= at ? text[..<start] + rest : rest
  }
}
