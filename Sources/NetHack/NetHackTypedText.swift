import Environments

/// Takes out of the game's messages what the agent has typed at prompts for a line: names, engravings, wishes.
///
/// A language model that labels messages would label the agent's own words, and a policy that is paid for words would learn to
/// write them. A typed line is replaced wherever it is a word of its own. What is written on the floor wears off letter by letter
/// and no longer equals the line, so quoted text is removed once the agent has typed anything.
struct NetHackTypedText {
  /// Lines of a game that are remembered; more only from an agent that does nothing else.
  private static let maximumLines = 32
  private static let space = UInt8(ascii: " ")
  private static let quote = UInt8(ascii: "\"")
  private static let naming = [Array(" named ".utf8), Array(" called ".utf8)]
  private static let substitute = Array("something".utf8)

  /// The line that is being typed.
  private var line: [UInt8] = []
  /// Finished lines, the latest last.
  private var lines: [[UInt8]] = []

  /// Notes a key before it is sent.
  /// - Parameter asksLine: whether the game waits for a line of text.
  mutating func note(_ key: UInt8, asksLine: Bool) {
    guard asksLine else { return line.removeAll() }
    switch key {
    case UInt8(ascii: "\r"), UInt8(ascii: "\n"): finish()
    case NetHackAction.escape: line.removeAll()
    case 8, 127: _ = line.popLast()
    case 32...: if line.count < CaptionBuffer.capacity { line.append(key) }
    default: break
    }
  }

  private mutating func finish() {
    // The game drops spaces at both ends.
    let words = line.drop { $0 == Self.space }.reversed().drop { $0 == Self.space }.reversed()
    line.removeAll()
    guard !words.isEmpty, !lines.contains(Array(words)) else { return }
    lines.append(Array(words))
    if lines.count > Self.maximumLines { lines.removeFirst() }
  }

  /// The page without the typed text; the page itself before anything was typed.
  func removed(from page: [UInt8]) -> [UInt8] {
    guard !lines.isEmpty else { return page }
    var page = Self.withoutQuotes(page)
    // A long line first: another one may be a part of it.
    for line in lines.sorted(by: { $0.count > $1.count }) { page = Self.replace(line, in: page) }
    return page
  }

  /// Replaces what is between the first and the last double quote.
  private static func withoutQuotes(_ page: [UInt8]) -> [UInt8] {
    guard let first = page.firstIndex(of: quote), let last = page.lastIndex(of: quote) else { return page }
    return Array(page[...first]) + (last > first ? Array(page[last...]) : [quote])
  }

  /// Replaces `line` where it is a word of its own; a single letter only as a name.
  private static func replace(_ line: [UInt8], in page: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var index = 0
    while index < page.count {
      let end = index + line.count
      if end <= page.count, isSame(page[index..<end], line), isWord(page, index, end),
        line.count > 1 || naming.contains(where: { result.suffix($0.count).elementsEqual($0) })
      {
        result += substitute
        index = end
      } else {
        result.append(page[index])
        index += 1
      }
    }
    return result
  }

  /// Whether the bytes are equal where a long message breaks its lines at spaces.
  private static func isSame(_ bytes: ArraySlice<UInt8>, _ line: [UInt8]) -> Bool {
    zip(bytes, line).allSatisfy { $0 == $1 || ($0 == UInt8(ascii: "\n") && $1 == space) }
  }

  private static func isWord(_ page: [UInt8], _ start: Int, _ end: Int) -> Bool {
    (start == 0 || !isLetter(page[start - 1])) && (end == page.count || !isLetter(page[end]))
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    default: false
    }
  }
}
