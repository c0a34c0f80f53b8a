import Foundation

/// The secret that servers receive as a bearer token. Neither its description nor a dump shows it.
struct APIKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  static let maximumBytes = 4096
  private static let shown = "(key)"

  private let secret: String

  /// - Parameter text: surrounding white space is not part of the key.
  /// - Returns: nil if the text is empty, too long, or not valid in a header line.
  init?(_ text: String) {
    let isSpace = { (byte: UInt8) in [0x20, 0x09, 0x0A, 0x0D].contains(byte) }
    let bytes = text.utf8.drop(while: isSpace).reversed().drop(while: isSpace).reversed()
    guard !bytes.isEmpty, bytes.count <= Self.maximumBytes, bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      return nil
    }
    secret = String(decoding: Array(bytes), as: UTF8.self)
  }

  /// The text for the request's header; do not use it elsewhere.
  var headerLine: String { "Authorization: Bearer \(secret)" }

  var description: String { Self.shown }
  var debugDescription: String { Self.shown }
  var customMirror: Mirror { Mirror(self, children: [:]) }

  /// Removes the key from a text, because servers quote keys in their answers.
  func removed(from text: String) -> String { text.replacing(secret, with: Self.shown) }
}

/// The source of the servers' key. It is never the command line or a configuration, which other users can read.
public enum KeySource: Sendable, Hashable, CustomStringConvertible {
  case none
  /// A file that contains only the key and that only its owner can read (mode 0600).
  case file(String)
  /// An environment variable.
  case environment(String)

  public var description: String {
    switch self {
    case .none: "none"
    case .file(let path): "file \(path)"
    case .environment(let name): "environment variable \(name)"
    }
  }

  /// - Throws: `ClientError.key`, which does not contain the key.
  func read() throws(ClientError) -> APIKey? {
    let text: String
    switch self {
    case .none: return nil
    case .file(let path): text = try contents(path)
    case .environment(let name):
      guard let value = ProcessInfo.processInfo.environment[name] else { throw failure("is not set") }
      text = value
    }
    guard let key = APIKey(text) else {
      throw failure("is no key: 1 to \(APIKey.maximumBytes) visible ASCII characters without spaces")
    }
    return key
  }

  private func contents(_ path: String) throws(ClientError) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw failure(String(cString: strerror(errno))) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure(String(cString: strerror(errno))) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw failure("is not a file") }
    guard status.st_mode & 0o077 == 0 else {
      throw failure("others can read this secret; restrict it with: chmod 600 \(path)")
    }
    // One byte more than a key with its line end shows that the file is too long.
    var bytes = [UInt8](repeating: 0, count: APIKey.maximumBytes + 3)
    let count = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
    guard count >= 0 else { throw failure(String(cString: strerror(errno))) }
    guard count < bytes.count else { throw failure("is longer than a key") }
    return String(decoding: bytes[..<count], as: UTF8.self)
  }

  private func failure(_ reason: String) -> ClientError { .key(source: description, reason: reason) }
}
