/// The head of a request, as far as two read-only routes need it: method, path and what the client accepts. Bytes come from
/// anybody, so everything that is not plain is refused.
///
/// Source: RFC 9112, sections 2 to 5.
struct HTTPRequest: Equatable {
  /// Largest head that is read, in bytes.
  static let maximumBytes = 4096
  /// Lines of a head, the request line included.
  private static let maximumLines = 64

  /// What a client gets instead of an answer.
  enum Refusal: Int, Error {
    case badRequest = 400
    case notFound = 404
    case methodNotAllowed = 405
    case timeout = 408
    case headTooLarge = 431
    case unavailable = 503

    var reason: String {
      switch self {
      case .badRequest: "Bad Request"
      case .notFound: "Not Found"
      case .methodNotAllowed: "Method Not Allowed"
      case .timeout: "Request Timeout"
      case .headTooLarge: "Request Header Fields Too Large"
      case .unavailable: "Service Unavailable"
      }
    }
  }

  /// "GET" or "HEAD".
  let method: String
  /// Without a query.
  let path: String
  /// The media types of the Accept field, in lower case.
  let accept: String

  /// Reads a head.
  /// - Returns: nil if the head is not complete.
  /// - Throws: `Refusal` if no bytes that follow can make it a request that is answered.
  static func read(_ bytes: [UInt8]) throws(Refusal) -> HTTPRequest? {
    guard bytes.allSatisfy({ $0 == 13 || $0 == 10 || $0 == 9 || (32...126).contains($0) || $0 > 127 }) else {
      throw .badRequest
    }
    let text = String(decoding: bytes, as: UTF8.self)
    guard let end = text.firstRange(of: "\r\n\r\n") else {
      guard bytes.count < maximumBytes else { throw .headTooLarge }
      return nil
    }
    // "\r\n" is one Character.
    let lines = text[..<end.lowerBound].split(separator: "\r\n", omittingEmptySubsequences: false)
    guard lines.count <= maximumLines else { throw .headTooLarge }
    let words = (lines.first ?? "").split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 3, words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0", words[1].hasPrefix("/") else {
      throw .badRequest
    }
    guard words[0] == "GET" || words[0] == "HEAD" else { throw .methodNotAllowed }
    let accept = lines.dropFirst().first { $0.lowercased().hasPrefix("accept:") }?.dropFirst("accept:".count)
    return HTTPRequest(
      method: String(words[0]), path: String(words[1].prefix { $0 != "?" }), accept: accept?.lowercased() ?? "")
  }
}

/// The answer to a request. The connection closes after it.
struct HTTPResponse {
  var status = 200
  var reason = "OK"
  var contentType = "text/plain; charset=utf-8"
  var body = ""

  init(contentType: String, body: String) {
    self.contentType = contentType
    self.body = body
  }

  init(_ refusal: HTTPRequest.Refusal) {
    (status, reason) = (refusal.rawValue, refusal.reason)
    body = "\(reason)\n"
  }

  /// The response on the wire.
  /// - Parameter hasBody: false for the answer to HEAD, which states the length alone.
  func bytes(hasBody: Bool = true) -> [UInt8] {
    let body = Array(body.utf8)
    let allow = status == HTTPRequest.Refusal.methodNotAllowed.rawValue ? "Allow: GET, HEAD\r\n" : ""
    let head =
      "HTTP/1.1 \(status) \(reason)\r\nContent-Type: \(contentType)\r\nContent-Length: \(body.count)\r\n\(allow)"
      + "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
    return Array(head.utf8) + (hasBody ? body : [])
  }
}
