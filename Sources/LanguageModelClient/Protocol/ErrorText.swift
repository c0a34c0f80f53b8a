import Foundation

/// A server's error message as a line for the log: short, printable, without the key.
enum ErrorText {
  static let maximumCharacters = 200

  /// - Parameter body: JSON with `error` as an object or a text, or `detail` or `message` as a text; or anything else.
  static func of(_ body: Data, key: APIKey?) -> String {
    var text = String(decoding: body.prefix(4 * APIKey.maximumBytes), as: UTF8.self)
    if let object = try? JSONSerialization.jsonObject(with: body) as? [String: Any] {
      let error = object["error"]
      let candidates = [(error as? [String: Any])?["message"], error, object["detail"], object["message"]]
      if let found = candidates.lazy.compactMap({ $0 as? String }).first { text = found }
    }
    return printable(text, key: key)
  }

  /// A text from a server as one line.
  static func printable(_ text: String, key: APIKey?) -> String {
    // The key is removed before the text is cut, so that no part of it stays.
    let open = key?.removed(from: text) ?? text
    let words = open.unicodeScalars.split { !(0x21...0x7E).contains($0.value) }
    let line = words.map { String(String.UnicodeScalarView($0)) }.joined(separator: " ")
    return line.count > maximumCharacters ? line.prefix(maximumCharacters) + "..." : line
  }
}
