import Foundation
import Testing

/// One line of the attack set: a caption that may never be labelled progress.
struct Attack: Sendable, CustomTestStringConvertible {
  /// The form of the attack: "name", "text", "markup".
  let form: String
  /// Text that must not remain, in lower case; empty if there is none.
  let payload: String
  let caption: [UInt8]

  var testDescription: String { "\(form): \(String(decoding: caption, as: UTF8.self))" }

  /// Reads the set. In captions `\n` is a line break and `\xE2` a byte.
  static func all() throws -> [Attack] {
    let url = try #require(Bundle.module.url(forResource: "attacks", withExtension: "tsv", subdirectory: "Fixtures"))
    let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n").dropFirst()
    return try lines.map { line in
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
      try #require(fields.count == 3, "\(line)")
      return Attack(form: String(fields[0]), payload: fields[1].lowercased(), caption: unescaped(fields[2]))
    }
  }

  private static func unescaped(_ text: Substring) -> [UInt8] {
    var result: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\\"), rest.first == UInt8(ascii: "n") {
        rest.removeFirst()
        result.append(10)
      } else if byte == UInt8(ascii: "\\"), rest.first == UInt8(ascii: "x") {
        let digits = String(decoding: rest.dropFirst().prefix(2), as: UTF8.self)
        result.append(UInt8(digits, radix: 16) ?? 0)
        rest = rest.dropFirst(3)
      } else {
        result.append(byte)
      }
    }
    return result
  }
}
