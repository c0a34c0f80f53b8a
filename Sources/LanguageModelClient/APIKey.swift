/// The secret that servers are given as a bearer token. It shows itself nowhere: not in text, not in a dump.
struct APIKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  static let maximumBytes = 4096
  private static let shown = "(key)"

  private let secret: String

  /// - Parameter text: surrounding white space is not part of the key.
  /// - Returns: nil for an empty text, a long one, and one that cannot stand in a header line.
  init?(_ text: String) {
    let isSpace = { (byte: UInt8) in [0x20, 0x09, 0x0A, 0x0D].contains(byte) }
    let bytes = text.utf8.drop(while: isSpace).reversed().drop(while: isSpace).reversed()
    guard !bytes.isEmpty, bytes.count <= Self.maximumBytes, bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      return nil
    }
    secret = String(decoding: Array(bytes), as: UTF8.self)
  }

  /// For the request alone.
  var headerLine: String { "Authorization: Bearer \(secret)" }

  var description: String { Self.shown }
  var debugDescription: String { Self.shown }
  var customMirror: Mirror { Mirror(self, children: [:]) }

  /// Servers quote keys in what they answer.
  func removed(from text: String) -> String { text.replacing(secret, with: Self.shown) }
}
