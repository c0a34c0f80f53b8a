import Runtime
import Telemetry

/// Who may read the page. Without a token, only programs of this machine can connect, and a page of another site that a
/// browser has open must not read it through a name that it controls: the request must be for this machine by name. With a
/// token, all who have it.
public struct AccessRule: Sendable {
  /// What a request gets.
  enum Verdict: Equatable {
    case allowed
    case refused(HTTPRequest.Refusal)
    /// The token came in the address; the browser keeps it as a cookie and loads the page without it.
    case keep(cookie: String)
  }

  private static let cookie = "tengu-dashboard"
  private static let tokenBytes = 16

  /// nil on loopback.
  public let token: String?

  /// - Parameter isLoopback: whether the server listens where only this machine can connect.
  public init(isLoopback: Bool) {
    var random = SystemRandomNumberGenerator()
    token =
      isLoopback
      ? nil
      : (0..<Self.tokenBytes).map { _ in
        let byte = UInt8.random(in: .min ... .max, using: &random)
        return (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }.joined()
  }

  /// Whether HOST:PORT is an address that only this machine can reach. A name other than "localhost" counts as foreign.
  public static func isLoopback(_ address: String) -> Bool {
    let host = host(of: address)
    if host == "localhost" || host == "[::1]" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }

  private static func host(of address: String) -> Substring {
    guard let colon = address.lastIndex(of: ":"), !address[colon...].contains("]") else { return address[...] }
    return address[..<colon]
  }

  func verdict(on request: HTTPRequest) -> Verdict {
    guard let token else {
      return Self.isLoopback(request.field("host").lowercased()) ? .allowed : .refused(.forbidden)
    }
    if let given = request.query["token"], request.path == "/" {
      return Self.equal(given, token) ? .keep(cookie: "\(Self.cookie)=\(token)") : .refused(.unauthorised)
    }
    let cookies = request.field("cookie").split(separator: ";").map { $0.trimmingPrefix { $0 == " " } }
    let prefix = "\(Self.cookie)="
    let given = cookies.first { $0.hasPrefix(prefix) }?.dropFirst(prefix.count)
    let bearer = request.field("authorization").trimmingPrefix("Bearer ")
    guard Self.equal(given.map(String.init) ?? String(bearer), token) else { return .refused(.unauthorised) }
    return .allowed
  }

  /// Compares without telling by its duration how much is right.
  private static func equal(_ given: String, _ token: String) -> Bool {
    let (given, token) = (Array(given.utf8), Array(token.utf8))
    guard given.count == token.count else { return false }
    return zip(given, token).reduce(UInt8(0)) { $0 | $1.0 ^ $1.1 } == 0
  }
}
