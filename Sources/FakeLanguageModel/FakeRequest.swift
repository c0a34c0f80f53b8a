import Foundation

/// A request as the fake server got it.
public struct FakeRequest: Sendable {
  /// How many came before it.
  public var index: Int
  public var method: String
  public var path: String
  /// Names in lower case.
  public var headers: [String: String]
  public var body: Data

  public init(index: Int = 0, method: String, path: String, headers: [String: String] = [:], body: Data) {
    self.index = index
    self.method = method
    self.path = path
    self.headers = headers
    self.body = body
  }

  /// The body's JSON object; empty if it is none.
  public var json: [String: Any] { (try? JSONSerialization.jsonObject(with: body) as? [String: Any]) ?? [:] }

  /// Takes the first whole request out of `bytes`.
  /// - Returns: nil while there is none.
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
