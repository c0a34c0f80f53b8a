import Foundation

/// Where an OpenAI-compatible server is.
///
/// Credentials in an address are dropped, not sent: keys have a source of their own and stay out of process lists.
struct ServerAddress: Sendable, Hashable, CustomStringConvertible {
  /// "http://host:8000": what is shown and stored.
  let description: String
  let isEncrypted: Bool
  let isLoopback: Bool

  /// - Parameter text: `http://HOST[:PORT][/PATH]` or https; a last component "/v1" may be left out.
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
