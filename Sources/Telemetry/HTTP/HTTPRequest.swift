/// The head of a request, as far as read-only routes need it. Bytes come from anybody, so everything that is not plain is
/// refused.
///
/// Source: RFC 9112, sections 2 to 5.
public struct HTTPRequest: Equatable, Sendable {
  /// Largest head that is read, in bytes.
  static let maximumBytes = 4096
  /// Lines of a head, the request line included.
  private static let maximumLines = 64

  /// What a client gets instead of an answer.
  public enum Refusal: Int, Error, Sendable {
    case badRequest = 400
    case unauthorised = 401
    case forbidden = 403
    case notFound = 404
    case methodNotAllowed = 405
    case timeout = 408
    case headTooLarge = 431
    case unavailable = 503

    var reason: String {
      switch self {
      case .badRequest: "Bad Request"
      case .unauthorised: "Unauthorized"
      case .forbidden: "Forbidden"
      case .notFound: "Not Found"
      case .methodNotAllowed: "Method Not Allowed"
      case .timeout: "Request Timeout"
      case .headTooLarge: "Request Header Fields Too Large"
      case .unavailable: "Service Unavailable"
      }
    }
  }

  /// "GET" or "HEAD".
  public let method: String
  /// Without a query.
  public let path: String
  /// The query's values by their names; of several values of a name the first.
  public let query: [String: String]
  /// The header fields by their names in lower case; of several fields of a name the first.
  private let fields: [String: String]

  /// The media types of the Accept field, in lower case.
  public var accept: String { field("accept").lowercased() }

  /// The value of a header field; empty without one.
  /// - Parameter name: in lower case.
  public func field(_ name: String) -> String { fields[name] ?? "" }

  /// Reads a head.
  /// - Returns: nil if the head is not complete.
  /// - Throws: `Refusal` if no bytes that follow can make it a request that is answered.
  public static func read(_ bytes: [UInt8]) throws(Refusal) -> HTTPRequest? {
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
    let target = words[1].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let fields = lines.dropFirst().map { line -> (String, String) in
      let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      let value = parts.count == 2 ? parts[1].trimmingPrefix { $0 == " " } : ""
      return (parts[0].lowercased(), String(value))
    }
    return HTTPRequest(
      method: String(words[0]), path: String(target[0]), query: query(target.count == 2 ? target[1] : ""),
      fields: Dictionary(fields) { first, _ in first })
  }

  private static func query(_ text: Substring) -> [String: String] {
    let pairs = text.split(separator: "&").map { pair -> (String, String) in
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (decoded(parts[0]), parts.count == 2 ? decoded(parts[1]) : "")
    }
    return Dictionary(pairs) { first, _ in first }
  }

  /// A query's text without its escapes (WHATWG URL, application/x-www-form-urlencoded). What is no escape stays.
  private static func decoded(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      let digits = rest.prefix(2)
      if byte == UInt8(ascii: "%"), digits.count == 2, digits.first != UInt8(ascii: "+"), let digits = String(digits),
        let value = UInt8(digits, radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
