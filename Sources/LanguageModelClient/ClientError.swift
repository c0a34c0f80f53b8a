/// Why a client cannot be created.
public enum ClientError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The HTTP library failed to start.
  case library(String)
  /// An invalid server address, shown without credentials.
  case address(String)
  /// An address with a password, or with a query, which may hold a key; shown without them.
  case credentials(String)
  /// No server, or a number out of range.
  case options(String)
  /// The key cannot be read or used; `source` names its file or variable.
  case key(source: String, reason: String)

  public var description: String {
    switch self {
    case .library(let text): "libcurl: \(text)"
    case .address(let text):
      "\"\(text)\" is no address of a language-model server; it is http://HOST:PORT or https://HOST"
    case .credentials(let text):
      "the address \(text) was given with a password or a query, which process lists and logs would show; write the key "
        + "into a file that only you can read, and name it with --llm-key-file or language_model.key_file"
    case .options(let text): text
    case .key(let source, let reason): "the key of the language-model server (\(source)): \(reason)"
    }
  }
}
