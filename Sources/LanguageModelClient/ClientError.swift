/// Why a client cannot be made.
public enum ClientError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The HTTP library could not be started.
  case library(String)
  /// A server's address that is none, without its credentials.
  case address(String)
  /// No server at all, or a number out of its range.
  case options(String)
  /// A key that cannot be read or used; `source` says where it was to come from.
  case key(source: String, reason: String)

  public var description: String {
    switch self {
    case .library(let text): "libcurl: \(text)"
    case .address(let text):
      "\"\(text)\" is no address of a language-model server; it is http://HOST:PORT or https://HOST"
    case .options(let text): text
    case .key(let source, let reason): "the key of the language-model server (\(source)): \(reason)"
    }
  }
}
