/// A sentence of a caption as a row of words.
///
///     You can't reach the floor.   ->   you cannot reach the floor
///     It's a wall.                 ->   it is a wall
///     The jackal's bite hurts!     ->   the jackal 's bite hurts
struct Sentence: Sendable, Hashable {
  /// Lower-case words without marks. Contractions are opened, so that rules need one form of each word; numbers, and the
  /// signs `$`, `-` and `#`, are words. An adverb of the whole sentence ("Suddenly, ...") is left out.
  let words: [String]
  /// Whether a mark that ends sentences occurs before the last word. The game's own sentences have none, so a name or a
  /// text of the player's is in it. (An ellipsis is no such mark.)
  let hasInnerMark: Bool
  /// Whether it ends with a question mark.
  let isQuestion: Bool
  /// Whether it offers answers in square brackets or goes past a question mark. What the player types stands behind them.
  let isPrompt: Bool

  init(_ text: some Collection<UInt8>) {
    let parts = text.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
    words = Self.withoutAdverb(parts.flatMap { Self.opened(Self.bare($0)) })
    hasInnerMark = parts.dropLast().contains(where: Self.endsSentence)
    isQuestion = parts.last?.hasSuffix("?") ?? false
    isPrompt = parts.contains { $0.hasPrefix("[") } || parts.dropLast().contains { $0.hasSuffix("?") }
  }

  private static let adverbs = [
    ["suddenly"], ["unfortunately"], ["fortunately"], ["luckily"], ["however"], ["strangely"],
    ["for", "some", "reason"],
    ["all", "of", "a", "sudden"],
  ]

  private static func withoutAdverb(_ words: [String]) -> [String] {
    guard let adverb = adverbs.first(where: { words.count > $0.count && words.starts(with: $0) }) else { return words }
    return Array(words.dropFirst(adverb.count))
  }

  private static func endsSentence(_ part: String) -> Bool {
    if part.hasSuffix("...") { return false }
    return part.last.map { ".!?".contains($0) } ?? false
  }

  /// The word in lower case without the marks at its ends.
  private static func bare(_ part: String) -> String {
    let edges = ".,!?:;()[]\"'`"
    var word = Substring(part.lowercased())
    while let first = word.first, edges.contains(first) { word.removeFirst() }
    while let last = word.last, edges.contains(last) { word.removeLast() }
    return String(word)
  }

  private static let contractions = [
    "can't": ["cannot"], "won't": ["will", "not"], "let's": ["let", "us"], "shan't": ["shall", "not"],
  ]
  private static let endings = [
    ("n't", "not"), ("'re", "are"), ("'ve", "have"), ("'ll", "will"), ("'m", "am"), ("'d", "would"), ("'s", "'s"),
  ]
  /// Words after which "'s" is "is" and no possessive.
  private static let pronouns: Set<String> = ["it", "there", "that", "he", "she", "what", "something", "who", "here"]

  private static func opened(_ word: String) -> [String] {
    if word.isEmpty { return [] }
    if let words = contractions[word] { return words }
    for (ending, long) in endings where word.hasSuffix(ending) && word.count > ending.count {
      let stem = String(word.dropLast(ending.count))
      return [stem, ending == "'s" && pronouns.contains(stem) ? "is" : long]
    }
    return [word]
  }
}
