/// The sentences of a caption without the text that a player could have written.
///
/// A policy that is paid for words would learn to write them. Therefore quoted text (engravings, speech) and names that
/// the player gives to things and creatures are removed before any rule is applied.
enum CaptionText {
  /// Words that precede a name chosen by the player.
  private static let naming = [Array(" named ".utf8), Array(" called ".utf8)]

  /// Splits at two or more spaces, which NetHack puts between messages and never inside a name. A line
  /// break counts as one space, because it can be inside a sentence.
  static func sentences(_ caption: [UInt8]) -> [ArraySlice<UInt8>] {
    let space = UInt8(ascii: " ")
    let text = withoutQuotes(caption).map { $0 == UInt8(ascii: "\n") ? space : $0 }
    var sentences: [ArraySlice<UInt8>] = []
    var start = text.startIndex
    while start < text.endIndex {
      var end = start
      while end < text.endIndex, !(text[end] == space && (end + 1 == text.endIndex || text[end + 1] == space)) {
        end += 1
      }
      if end > start { sentences.append(withoutName(text[start..<end])) }
      start = end
      while start < text.endIndex, text[start] == space { start += 1 }
    }
    return sentences
  }

  /// Replaces everything from the first to the last double quote by `""`. Quoted text may contain quotes, so
  /// the text between two quotations is removed as well; a single quote removes the rest.
  private static func withoutQuotes(_ caption: [UInt8]) -> [UInt8] {
    let quote = UInt8(ascii: "\"")
    guard let first = caption.firstIndex(of: quote), let last = caption.lastIndex(of: quote) else { return caption }
    let rest = last > first ? caption[(last + 1)...] : []
    return caption[..<first] + [quote, quote] + rest
  }

  /// Removes ` named X` and ` called X` up to the end of the sentence and keeps its final mark.
  private static func withoutName(_ sentence: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    guard let cut = naming.compactMap({ start(of: $0, in: sentence) }).min() else { return sentence }
    let marks = Set(".!?".utf8)
    let mark = sentence.last.flatMap { marks.contains($0) ? $0 : nil }
    return sentence[..<cut] + (mark.map { [$0] } ?? [])
  }

  private static func start(of word: [UInt8], in sentence: ArraySlice<UInt8>) -> Int? {
    guard sentence.count >= word.count else { return nil }
    return (sentence.startIndex...sentence.endIndex - word.count).first { sentence[$0...].starts(with: word) }
  }
}
