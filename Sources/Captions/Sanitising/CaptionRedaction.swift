/// Replaces the parts of a caption that a player or the policy could have written by placeholders.
///
/// There are three layers. Text with bounds (quotations, typed answers, text read aloud, names after "named") is found
/// by its bounds. Names without bounds (pets, ghosts, shopkeepers) are found by the form of their sentences. A
/// remaining sentence that addresses a judge in words the game does not use is replaced as a whole.
enum CaptionRedaction {
  private static let text = CaptionPlaceholder.text
  private static let quotation = CaptionPlaceholder.quotation
  /// Replaces a byte that cannot be printed until the end of the redaction, so that it separates words.
  private static let invisible = UInt8(0x7F)

  /// The caption's sentences, redacted, in order. Characters other than ASCII letters and marks are still in them.
  static func sentences(_ caption: [UInt8]) -> [String] {
    var result: [String] = []
    let sentences = split(withoutQuotations(upToMarkup(visible(caption))))
    for (index, sentence) in sentences.enumerated() {
      let next = index + 1 < sentences.count ? sentences[index + 1] : nil
      let (own, isOpen) = upToForeignText(sentence, next: next)
      let named = CaptionNames.redacted(own)
      let isForeign = ReservedWords.occur(in: named)
      let redacted = isForeign ? text : named.joined(separator: " ").replacing(quotation, with: text)
      if !(redacted == text && result.last == text) { result.append(redacted) }
      // The end of typed or read text is unknown, so the rest of the caption is dropped.
      if isOpen { break }
    }
    return result
  }

  // MARK: Bytes

  /// Replaces line breaks by one space and other bytes that cannot be printed by `invisible`. It never makes two
  /// spaces, which separate sentences.
  private static func visible(_ caption: [UInt8]) -> [UInt8] {
    let space = UInt8(ascii: " ")
    var result: [UInt8] = []
    for byte in caption {
      switch byte {
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"):
        if result.last != space { result.append(space) }
      case 0x20...0x7E: result.append(byte)
      default: result.append(invisible)
      }
    }
    return result
  }

  /// Beginnings of what chat templates, and the tagged prompts here, use as syntax.
  private static let markup = [
    "<|", "|>", "<<", "</", "<s>", "<bos", "<eos", "<pad", "<unk", "<start", "<end", "<think", "<system", "<user",
    "<assistant", "<label", "<analysis", "<knowledge", "[inst", "[/inst", "[[", "]]", "{{", "}}", "###", "```",
  ].map { Array($0.utf8) }

  /// The text before the first markup. The game prints no markup, so a player wrote what follows.
  private static func upToMarkup(_ text: [UInt8]) -> [UInt8] {
    let lowercase = text.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    let start = lowercase.indices.first { index in markup.contains { lowercase[index...].starts(with: $0) } }
    return start.map { Array(text[..<$0]) } ?? text
  }

  /// From the first to the last double quote, as in `CaptionText`: what is quoted may itself hold quotes.
  private static func withoutQuotations(_ text: [UInt8]) -> [UInt8] {
    let quote = UInt8(ascii: "\"")
    guard let first = text.firstIndex(of: quote), let last = text.lastIndex(of: quote) else { return text }
    return text[..<first] + Array(quotation.utf8) + (last > first ? text[(last + 1)...] : [])
  }

  /// The words of each sentence. NetHack puts two or more spaces between sentences and never inside a name.
  private static func split(_ text: [UInt8]) -> [[String]] {
    var sentences: [[String]] = []
    var isOpen = false
    for word in text.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false) {
      if word.isEmpty {
        isOpen = false
      } else if isOpen {
        sentences[sentences.count - 1].append(String(decoding: word, as: UTF8.self))
      } else {
        sentences.append([String(decoding: word, as: UTF8.self)])
        isOpen = true
      }
    }
    return sentences
  }

  // MARK: Text without an end

  /// The index of the last word of a prompt: a question with the choices in brackets behind it, or what a dash follows
  /// ("You are required to supply your name. -"). What stands behind it is typed. nil if there is none.
  private static func endOfPrompt(_ words: [String]) -> Int? {
    let isMarked = { (word: String) in word == quotation || word.last.map { ".!?".contains($0) } ?? false }
    if let dash = words.indices.dropFirst().first(where: { words[$0] == "-" && isMarked(words[$0 - 1]) }) {
      return dash
    }
    guard var end = words.firstIndex(where: { $0.hasSuffix("?") }) else { return nil }
    while end + 1 < words.count, let opening = words[end + 1].first, "[(".contains(opening) {
      let closing: Character = opening == "[" ? "]" : ")"
      guard let close = words[(end + 1)...].firstIndex(where: { $0.hasSuffix(String(closing)) }) else { break }
      end = close
    }
    return end
  }

  /// How a question begins whose answer is typed behind it.
  private static let typed = [
    "What do you want to", "What monster", "What class", "What type", "For what do you wish", "To what level",
    "Where do you want", "Do you want to add", "Call", "#", "Count:", "Replace", "Adjust", "Name", "Search for:",
    "Specify", "Extended command list",
  ].map { $0.split(separator: " ").map(String.init) }

  /// Words that let foreign text follow: with a colon always, without one where the game would use an article.
  private static let telling: Set<String> = [
    "read", "reads", "say", "says", "whisper", "whispers", "shout", "shouts", "boom", "booms", "thunders", "writes",
    "written", "engraved", "burned", "melted", "here", "dust", "follows",
  ]
  private static let voices: Set<String> = ["reads", "says", "whispers", "shouts", "booms", "thunders", "writes"]
  private static let articles: Set<String> = ["a", "an", "the", "your", "its", "some", "from", "that", "it"]

  /// The sentence up to text that was typed, spoken or read, with a placeholder in that text's stead.
  /// - Returns: the words, and whether such text began.
  private static func upToForeignText(_ words: [String], next: [String]?) -> (words: [String], isOpen: Bool) {
    if typed.contains(where: { words.starts(with: $0) }) {
      let end = words.firstIndex { $0.hasSuffix("?") || $0.hasSuffix(":") } ?? 0
      return (words[...end] + [text], true)
    }
    if let end = endOfPrompt(words), end + 1 < words.count { return (words[...end] + [text], true) }
    for (index, word) in words.enumerated() {
      let bare = word.lowercased().filter(\.isLetter)
      let following = index + 1 < words.count ? words[index + 1] : next?.first
      let isQuoted = following?.hasPrefix(quotation) ?? false
      if word.hasSuffix(":"), telling.contains(bare), following != nil, !isQuoted {
        return (words[...index] + [text], true)
      }
      if index > 0, voices.contains(bare), index + 1 < words.count, !isQuoted, !articles.contains(words[index + 1]) {
        return (words[...index] + [text], true)
      }
    }
    return (words, false)
  }
}

/// Words that address a judge and that the game's own messages do not use.
///
/// The last layer, for names that cannot be told from the game's text. Only letters are compared, so that "Y.E.S"
/// matches, and letters of other alphabets have become gaps before.
enum ReservedWords {
  private static let words: Set<String> = [
    "yes", "foo", "foobar", "answer", "answers", "ignore", "disregard", "instruction", "instructions", "label",
    "labels",
    "progress", "assistant", "system", "user", "prompt", "reward", "rewards", "respond", "response", "output",
    "helpful",
    "solution", "solve", "classify", "classification", "judge", "llm", "chatgpt", "positive", "imstart", "imend",
    "endoftext", "eotid", "inst", "sys", "jailbreak", "override", "approve", "verdict", "evaluate",
  ]

  static func occur(in sentence: [String]) -> Bool {
    var spelled = ""
    for word in sentence {
      let letters = word.lowercased().filter { $0.isASCII && $0.isLetter }
      if words.contains(letters) { return true }
      if word.split(whereSeparator: { !$0.isLetter }).contains(where: { words.contains($0.lowercased()) }) {
        return true
      }
      // "Y e s": single letters are joined.
      spelled = letters.count == 1 ? spelled + letters : ""
      if words.contains(spelled) { return true }
    }
    return false
  }
}
