/// Why a client cannot be created.
public enum ClientError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The HTTP library failed to start.
  case library(String)
  /// An invalid server address, shown without credentials.
  case address(String)
  /// No server, or a number out of range.
  case options(String)
  /// The key cannot be read or used; `source` names its file or variable.
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
