import Foundation

/// One connection of the fake server. Only the server's thread uses it.
final class FakeConnection {
  private enum Reply {
    case none
    case due(Double, Data)
    case silence
    case drip(Data, secondsPerByte: Double, next: Double)
    case flood(left: Int)
  }

  private static let chunk = Data(repeating: UInt8(ascii: " "), count: 64 << 10)

  let descriptor: Int32
  private var input = Data()
  private var output = Data()
  private var reply = Reply.none
  private var endsAfterOutput = false
  /// Whether the client or an error has closed the connection.
  private(set) var isOver = false

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }

  /// Whether a request waits for its answer.
  var isPending: Bool {
    if case .none = reply { return !output.isEmpty }
    return true
  }

  var wantsToWrite: Bool {
    if case .flood = reply { return true }
    return !output.isEmpty
  }

  /// Time of the next action that does not depend on the client.
  var nextTime: Double? {
    switch reply {
    case .due(let time, _), .drip(_, _, let time): time
    case .none, .silence, .flood: nil
    }
  }

  /// Reads the available bytes.
  /// - Parameter buffer: temporary memory.
  /// - Returns: the next complete request, if there is one.
  func read(index: Int, buffer: inout [UInt8]) -> FakeRequest? {
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count > 0 { input.append(contentsOf: buffer[..<count]) }
      if count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) { isOver = true }
      if count < buffer.count { break }
    }
    return isPending ? nil : FakeRequest.take(from: &input, index: index)
  }

  func begin(_ reply: FakeReply, now: Double) {
    switch reply {
    case .answer(let status, let headers, let body, let seconds):
      let bytes = FakeReply.head(status: status, headers: headers, length: body.count) + body
      self.reply = .due(now + seconds, bytes)
    case .bytes(let bytes):
      self.reply = .due(now, bytes)
      endsAfterOutput = true
    case .silence: self.reply = .silence
    case .drip(let body, let seconds):
      let bytes = FakeReply.head(status: 200, headers: [], length: body.count) + body
      self.reply = .drip(bytes, secondsPerByte: seconds, next: now)
    case .flood(let count, let isDeclared):
      output = FakeReply.head(status: 200, headers: ["Connection: close"], length: isDeclared ? count : nil)
      self.reply = .flood(left: count)
      endsAfterOutput = true
    }
  }

  /// Performs the due actions and writes as much as the socket takes.
  func advance(now: Double) {
    switch reply {
    case .due(let time, let bytes) where time <= now:
      output += bytes
      reply = .none
    case .drip(let bytes, let seconds, let time) where time <= now:
      output.append(bytes[bytes.startIndex])
      let rest = bytes.dropFirst()
      reply = rest.isEmpty ? .none : .drip(rest, secondsPerByte: seconds, next: now + seconds)
    default: break
    }
    write()
  }

  private func write() {
    while !isOver {
      if output.isEmpty, case .flood(let left) = reply {
        output = Self.chunk.prefix(left)
        reply = left > output.count ? .flood(left: left - output.count) : .none
      }
      guard !output.isEmpty else { break }
      let count = output.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      if count < 0 {
        if errno == EAGAIN { return }
        if errno == EINTR { continue }
        isOver = true
        return
      }
      output = Data(output.dropFirst(count))
    }
    if endsAfterOutput, case .none = reply { isOver = true }
  }
}

/// A request to the fake server.
public struct FakeRequest: Sendable {
  /// Number of earlier requests.
  public var index: Int
  public var method: String
  public var path: String
  /// Header fields by name in lower case.
  public var headers: [String: String]
  public var body: Data

  public init(index: Int = 0, method: String, path: String, headers: [String: String] = [:], body: Data) {
    self.index = index
    self.method = method
    self.path = path
    self.headers = headers
    self.body = body
  }

  /// The JSON object of the body; empty if it is not an object.
  public var json: [String: Any] { (try? JSONSerialization.jsonObject(with: body) as? [String: Any]) ?? [:] }

  /// Removes the first complete request from `bytes`.
  /// - Returns: nil if there is none.
  static func take(from bytes: inout Data, index: Int) -> FakeRequest? {
    guard let end = bytes.range(of: Data("\r\n\r\n".utf8)) else { return nil }
    let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
    let words = lines[0].split(separator: " ")
    guard words.count == 3 else { return nil }
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
    }
    let length = headers["content-length"].flatMap(Int.init) ?? 0
    guard bytes.distance(from: end.upperBound, to: bytes.endIndex) >= length else { return nil }
    let bodyEnd = bytes.index(end.upperBound, offsetBy: length)
    let request = FakeRequest(
      index: index, method: String(words[0]), path: String(words[1]), headers: headers,
      body: Data(bytes[end.upperBound..<bodyEnd]))
    bytes = Data(bytes[bodyEnd...])
    return request
  }
}

/// What the fake server does with a request.
public enum FakeReply: Sendable {
  /// A complete response after some seconds; the connection stays open.
  case answer(status: Int, headers: [String] = [], body: Data, afterSeconds: Double = 0)
  /// Exactly these bytes; then the connection is closed.
  case bytes(Data)
  /// Never answers.
  case silence
  /// A complete response, one byte at a time with a pause after each.
  case drip(body: Data, secondsPerByte: Double)
  /// A body of up to this many bytes, with or without a Content-Length field.
  case flood(byteCount: Int, isDeclared: Bool)

  /// A response with status 200 and this JSON text.
  public static func json(_ text: String) -> FakeReply { .answer(status: 200, body: Data(text.utf8)) }

  /// A response with this status and JSON value.
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
