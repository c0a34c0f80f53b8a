/// Why a client cannot be made.
public enum ClientError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The HTTP library could not be started.
  case library(String)
  /// A server's address that is none.
  case address(String)

  public var description: String {
    switch self {
    case .library(let text): "libcurl: \(text)"
    case .address(let text):
      "\"\(text)\" is no address of a language-model server; it is http://HOST:PORT or https://HOST"
    }
  }
}
