import Foundation

/// Removes what models put around an answer: white space, emphasis, quotes, fences, list marks, "Answer:", tags and the
/// JSON object of an answer.
enum BareAnswer {
  /// Phrases before an answer, in lower case.
  private static let phrases = [
    "final answer:", "the answer is:", "the answer is", "my answer:", "answer:", "label:", "verdict:", "result:",
    "assistant\n", "assistant:",
  ]
  /// Keys of an answer in a JSON object.
  private static let keys = ["answer", "label", "verdict", "result"]
  private static let fenceLanguages = ["json", "text", "txt", "plaintext", "xml", "markdown", "md"]
  /// Spaces without width, byte-order marks, and the marks of spaces in vocabularies.
  private static let invisible: Set<Character> = [
    "\u{200B}", "\u{200C}", "\u{200D}", "\u{2060}", "\u{FEFF}", "▁", "Ġ", "Ċ",
  ]
  private static let decorations: Set<Character> = [
    "*", "_", "\"", "'", "`", "#", ">", "“", "”", "‘", "’", "«", "»", "„", "‹", "›", "「", "」",
  ]

  /// The text from the answer's word on, in its compatible form ("Ｙｅｓ" is "Yes").
  /// - Parameter words: the words that are looked for; a number among them is no list mark.
  static func text(_ text: String, words: [String]) -> String {
    var rest = text.precomposedStringWithCompatibilityMapping[...]
    while true {
      let before = rest.startIndex
      rest = rest.drop(while: isDecoration)
      if let value = value(ofObject: rest) { return self.text(value, words: words) }
      rest = withoutListMark(withoutTag(withoutPhrase(withoutFenceLanguage(rest))), words)
      if rest.startIndex == before { return String(rest) }
    }
  }

  /// A text without decorations at both ends.
  static func trimmed(_ text: Substring) -> String {
    var rest = text.drop(while: isDecoration)
    while let last = rest.last, isDecoration(last) { rest.removeLast() }
    return String(rest)
  }

  private static func isDecoration(_ character: Character) -> Bool {
    character.isWhitespace || invisible.contains(character) || decorations.contains(character)
  }

  private static func withoutPhrase(_ text: Substring) -> Substring {
    let start = text.prefix(20).lowercased()
    return phrases.first { start.hasPrefix($0) }.map { text.dropFirst($0.count) } ?? text
  }

  /// Drops "<answer>" and "\boxed{".
  private static func withoutTag(_ text: Substring) -> Substring {
    if text.hasPrefix("\\boxed{") { return text.dropFirst(7) }
    guard text.first == "<", let end = text.firstIndex(of: ">") else { return text }
    let name = text[text.index(after: text.startIndex)..<end]
    guard !name.isEmpty, name.count <= 20, name.allSatisfy({ $0.isLetter }) else { return text }
    return text[text.index(after: end)...]
  }

  /// Drops "- ", "• " and "1. ".
  private static func withoutListMark(_ text: Substring, _ words: [String]) -> Substring {
    let mark = text.prefix { !$0.isWhitespace }
    let number = mark.dropLast()
    let isBullet = ["-", "+", "•"].contains(mark)
    let isNumbered = !number.isEmpty && number.allSatisfy(\.isNumber) && [".", ")"].contains(mark.last)
    guard isBullet || (isNumbered && !words.contains(String(number))), mark.endIndex < text.endIndex else {
      return text
    }
    return text[mark.endIndex...]
  }

  /// Drops the language after the backticks of a fence.
  private static func withoutFenceLanguage(_ text: Substring) -> Substring {
    guard let end = text.firstIndex(where: \.isNewline), fenceLanguages.contains(text[..<end].lowercased()),
      text.startIndex > text.base.startIndex, text.base[text.base.index(before: text.startIndex)] == "`"
    else { return text }
    return text[end...]
  }

  /// The answer in a JSON object; nil if the text does not begin with one that has an answer.
  private static func value(ofObject text: Substring) -> String? {
    guard text.first == "{", let end = text.lastIndex(of: "}"),
      let object = try? JSONSerialization.jsonObject(with: Data(text[...end].utf8)) as? [String: Any]
    else { return nil }
    if let key = keys.first(where: { object[$0] is String }) { return object[key] as? String }
    return object.count == 1 ? object.values.first as? String : nil
  }
}
