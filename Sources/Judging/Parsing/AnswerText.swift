/// The pieces of a model's free text.
enum AnswerText {
  /// More of an answer is not repeated to the model.
  static let maximumExcerptCharacters = 80

  /// What the words of an answer are made of.
  static func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  /// The first word, in lower case; nil when something other than spaces or marks of emphasis stands before it, or a
  /// letter of another alphabet right behind it.
  static func firstWord(_ text: String) -> String? {
    let decoration = Set(" \n\r\t*_\"'`".utf8)
    let bytes = text.utf8.drop { decoration.contains($0) }
    let word = bytes.prefix { isWordByte($0) }
    guard !word.isEmpty else { return nil }
    if word.endIndex < bytes.endIndex, bytes[word.endIndex] >= 0x80 { return nil }
    return String(Substring(word)).lowercased()
  }

  /// The content of the one element `<tag>...</tag>` of a text; a server that stopped at the closing tag leaves it out.
  /// - Returns: nil, with how many of either there are instead.
  static func content(of tag: String, in text: String) -> (content: String?, openings: Int, closings: Int) {
    let parts = text.split(separator: "<\(tag)>", omittingEmptySubsequences: false)
    let closings = text.split(separator: "</\(tag)>", omittingEmptySubsequences: false).count - 1
    guard parts.count == 2, closings <= 1 else { return (nil, parts.count - 1, closings) }
    let inside = parts[1].split(separator: "</\(tag)>", omittingEmptySubsequences: false)
    // A closing tag before the opening one belongs to no element.
    guard inside.count - 1 == closings else { return (nil, 1, closings) }
    var content = inside[0]
    while content.first?.isWhitespace ?? false { content.removeFirst() }
    while content.last?.isWhitespace ?? false { content.removeLast() }
    return (String(content), 1, closings)
  }

  /// A token as a word: without the space that tokenisers put before it, in lower case.
  static func word(ofToken text: String) -> String {
    var word = Substring(text)
    while let first = word.first, first.isWhitespace || first == "▁" || first == "Ġ" { word.removeFirst() }
    while let last = word.last, last.isWhitespace { word.removeLast() }
    return word.lowercased()
  }

  /// An answer's beginning on one line of printable ASCII, fit to be shown to the model again.
  static func excerpt(_ text: String) -> String {
    let plain = text.unicodeScalars.map {
      (0x20...0x7E).contains($0.value) && !"<>[]{}|".unicodeScalars.contains($0) ? $0 : " "
    }
    let words = String(String.UnicodeScalarView(plain)).split(separator: " ").joined(separator: " ")
    return words.isEmpty ? "..." : String(words.prefix(maximumExcerptCharacters))
  }
}
