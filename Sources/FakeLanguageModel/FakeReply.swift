import Foundation

/// What the fake server does with a request.
public enum FakeReply: Sendable {
  /// A whole answer, after so many seconds; the connection stays open.
  case answer(status: Int, headers: [String] = [], body: Data, afterSeconds: Double = 0)
  /// These bytes as they are, and the connection's end.
  case bytes(Data)
  /// Nothing, for ever.
  case silence
  /// A whole answer, a byte at a time with so many seconds between.
  case drip(body: Data, secondsPerByte: Double)
  /// As many bytes of a body as a client takes, up to this; with or without saying so first.
  case flood(byteCount: Int, isDeclared: Bool)

  /// A JSON text with status 200.
  public static func json(_ text: String) -> FakeReply { .answer(status: 200, body: Data(text.utf8)) }

  /// A JSON value with any status.
  public static func json(_ object: Any, status: Int = 200, headers: [String] = [], afterSeconds: Double = 0)
    -> FakeReply
  {
    let body = (try? JSONSerialization.data(withJSONObject: object)) ?? Data()
    return .answer(status: status, headers: headers, body: body, afterSeconds: afterSeconds)
  }

  static func head(status: Int, headers: [String], length: Int?) -> Data {
    var lines = ["HTTP/1.1 \(status) Status", "Content-Type: application/json"] + headers
    if let length { lines.append("Content-Length: \(length)") }
    return Data((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
  }
}
