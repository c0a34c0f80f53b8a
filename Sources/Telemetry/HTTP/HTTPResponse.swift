/// The answer to a request. The connection closes after it.
public struct HTTPResponse: Sendable {
  public var status = 200
  public var reason = "OK"
  public var contentType = "text/plain; charset=utf-8"
  /// Further header fields. Names and values have no line feeds.
  public var fields: [(name: String, value: String)] = []
  public var body: [UInt8]

  public init(contentType: String, body: some Sequence<UInt8>) {
    self.contentType = contentType
    self.body = Array(body)
  }

  public init(_ refusal: HTTPRequest.Refusal) {
    (status, reason) = (refusal.rawValue, refusal.reason)
    body = Array("\(reason)\n".utf8)
  }

  /// Sends the client to another path.
  public init(redirect path: String) {
    (status, reason) = (303, "See Other")
    fields = [("Location", path)]
    body = []
  }

  /// The response on the wire.
  /// - Parameter hasBody: false for the answer to HEAD, which states the length alone.
  func bytes(hasBody: Bool = true) -> [UInt8] {
    var head = "HTTP/1.1 \(status) \(reason)\r\nContent-Type: \(contentType)\r\nContent-Length: \(body.count)\r\n"
    if status == HTTPRequest.Refusal.methodNotAllowed.rawValue { head += "Allow: GET, HEAD\r\n" }
    for (name, value) in fields { head += "\(name): \(value)\r\n" }
    head += "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
    return Array(head.utf8) + (hasBody ? body : [])
  }
}
