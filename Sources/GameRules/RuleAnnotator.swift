import Captions

/// Labels captions by a table of patterns: no model, no network, the same answer every time.
///
/// A caption with a sentence that no rule knows is abstained from, unless another sentence decides. For runs on one
/// machine, for tests, and as the yardstick for language models.
public struct RuleAnnotator: CaptionAnnotator, Sendable {
  public let kind = "rules"
  /// The table's digest in hexadecimal.
  public let version: String
  public let table: RuleTable

  public init(table: RuleTable = .netHack) {
    self.table = table
    version = String(table.digest, radix: 16)
  }

  public func annotate(_ caption: [UInt8]) -> Verdict {
    var effects: Set<CaptionRule.Effect> = []
    var isKnown = true
    for sentence in CaptionText.sentences(caption) {
      if let rule = table.firstMatch(sentence) {
        effects.insert(rule.effect)
      } else {
        isKnown = false
      }
    }
    if effects.contains(.veto) { return .label(0) }
    if effects.contains(.progress) { return .label(1) }
    return isKnown && effects.contains(.nothing) ? .label(0) : .abstain
  }

  /// The rule that decides on each sentence of a caption, nil where none does; for people who tune a table.
  public func explanation(of caption: [UInt8]) -> [(sentence: String, rule: CaptionRule?)] {
    CaptionText.sentences(caption).map { (String(decoding: $0, as: UTF8.self), table.firstMatch($0)) }
  }
}

/// What rules see of a caption: its sentences, without the text a player could have written.
///
/// A policy that is paid for words would learn to write them. So quoted text (engravings, speech, read aloud) and
/// names given to things and creatures are cut out before any rule looks.
enum CaptionText {
  /// Words after which a name stands that the player chose.
  private static let naming = [Array(" named ".utf8), Array(" called ".utf8)]

  /// Splits at two or more spaces, which is how NetHack joins messages and what it never leaves in a name. A line
  /// break is one space: it may stand inside a sentence.
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

  /// Replaces everything from the first to the last double quote by `""`. Quoted text may itself hold quotes, so
  /// what stands between two quotations goes as well; a lone quote takes the rest.
  private static func withoutQuotes(_ caption: [UInt8]) -> [UInt8] {
    let quote = UInt8(ascii: "\"")
    guard let first = caption.firstIndex(of: quote), let last = caption.lastIndex(of: quote) else { return caption }
    let rest = last > first ? caption[(last + 1)...] : []
    return caption[..<first] + [quote, quote] + rest
  }

  /// Cuts ` named X` and ` called X` to the end of the sentence, keeping its final mark.
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
