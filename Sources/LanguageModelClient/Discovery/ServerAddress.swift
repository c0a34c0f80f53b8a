import Foundation

/// The address of an OpenAI-compatible server.
///
/// It holds no secret: process lists, logs and run directories show it. Keys have a separate source.
public struct ServerAddress: Sendable, Hashable, CustomStringConvertible {
  /// "http://host:8000", the form that is logged and stored.
  public let description: String
  let isEncrypted: Bool
  let isLoopback: Bool

  /// - Parameter text: `http://HOST[:PORT][/PATH]` or https; a last component "/v1" is optional.
  /// - Throws: `ClientError.credentials` for a user, a password or a query, which may hold a key; `ClientError.address`
  ///   for another form.
  public init(_ text: String) throws(ClientError) {
    let plain = Self.withoutSecrets(text)
    guard plain == text else { throw .credentials(plain) }
    guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), var components = URLComponents(string: text),
      let scheme = components.scheme?.lowercased(), ["http", "https"].contains(scheme),
      let host = components.host, !host.isEmpty, (1...65535).contains(components.port ?? 80)
    else { throw .address(plain) }
    components.scheme = scheme
    var path = components.path
    while path.hasSuffix("/") { path.removeLast() }
    if path.hasSuffix("/v1") { path.removeLast(3) }
    components.path = path
    guard let address = components.string else { throw .address(plain) }
    description = address
    isEncrypted = scheme == "https"
    isLoopback = host == "localhost" || host.hasPrefix("127.") || host == "::1" || host == "[::1]"
  }

  /// - Parameter path: below "/v1", such as "/models".
  func url(_ path: String) -> String { "\(description)/v1\(path)" }

  /// The text without user, password, query and fragment.
  private static func withoutSecrets(_ text: String) -> String {
    var rest = text.prefix { $0 != "?" && $0 != "#" }
    guard let at = rest.lastIndex(of: "@") else { return String(rest) }
    let start = rest.range(of: "//")?.upperBound ?? rest.startIndex
    if start <= at { rest.removeSubrange(start...at) }
    return String(rest)
  }
}
