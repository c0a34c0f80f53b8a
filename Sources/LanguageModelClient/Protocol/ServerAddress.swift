import Foundation

/// The address of an OpenAI-compatible server.
///
/// It holds no secret: process lists, logs and run directories show it. Keys have a separate source.
public struct ServerAddress: Sendable, Hashable, CustomStringConvertible {
  /// The endpoints that a copied address may end in.
  private static let endpoints = ["/chat/completions", "/completions", "/models"]

  /// "http://host:8000", the form that is logged and stored. It has no credentials.
  public let description: String
  let isEncrypted: Bool
  let isLoopback: Bool
  /// Where the endpoints may be: the paths to try, in order. An address with a version in its path is taken as it is.
  let bases: [String]
  private let origin: String
  private let query: String

  /// - Parameter text: `http://HOST[:PORT][/PATH]` or https. The query may be `api-version=...`.
  /// - Throws: `ClientError.credentials` for a user, a password or another query, which may hold a key;
  ///   `ClientError.address` for another form.
  public init(_ text: String) throws(ClientError) {
    let plain = Self.withoutSecrets(text)
    guard plain == text else { throw .credentials(plain) }
    guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), let components = URLComponents(string: text),
      let scheme = components.scheme?.lowercased(), ["http", "https"].contains(scheme),
      let host = components.host, !host.isEmpty, (1...65535).contains(components.port ?? 80)
    else { throw .address(plain) }
    var path = components.percentEncodedPath
    while path.hasSuffix("/") { path.removeLast() }
    for endpoint in Self.endpoints where path.hasSuffix(endpoint) { path.removeLast(endpoint.count) }
    let address = scheme + "://" + (components.percentEncodedHost ?? host) + (components.port.map { ":\($0)" } ?? "")
    origin = address
    query = components.percentEncodedQuery.map { "?\($0)" } ?? ""
    bases = Self.bases(path)
    description = address + (path.hasSuffix("/v1") ? String(path.dropLast(3)) : path)
    isEncrypted = scheme == "https"
    isLoopback = host == "localhost" || host.hasPrefix("127.") || host == "::1" || host == "[::1]"
  }

  private static func bases(_ path: String) -> [String] {
    if path.isEmpty { return ["/v1", ""] }
    return path.split(separator: "/").contains(where: isVersion) ? [path] : [path, path + "/v1"]
  }

  /// Whether a component of a path is a version, such as "v1" or "v1beta".
  private static func isVersion(_ component: Substring) -> Bool {
    component.first == "v" && component.dropFirst().first?.isNumber == true
  }

  /// - Parameters:
  ///   - base: one of `bases`.
  ///   - path: the endpoint, such as "/models".
  func url(_ base: String, _ path: String) -> String { origin + base + path + query }

  /// The text without user, password, fragment, and every query but that for the version.
  private static func withoutSecrets(_ text: String) -> String {
    var rest = text.prefix { $0 != "?" && $0 != "#" }
    let query = text[rest.endIndex...]
    let isVersion = query.hasPrefix("?api-version=") && !query.contains { "&#".contains($0) }
    if let at = rest.lastIndex(of: "@") {
      let start = rest.range(of: "//")?.upperBound ?? rest.startIndex
      if start <= at { rest.removeSubrange(start...at) }
    }
    return String(rest) + (isVersion ? query : "")
  }
}
