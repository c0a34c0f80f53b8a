import Environments

/// Joins the pages of a message to one caption.
///
/// The game shows what happens in one turn on as many pages as it takes, and waits for a key at the end of each
/// ("--More--"). A kill can be on any of them, so a caption has them all. Menus have no message, and a prompt with what the
/// player types is no message of the game's.
struct NetHackPages {
  /// Between sentences, as in the game's own messages.
  private static let gap = Array("  ".utf8)

  /// The pages of the current message, in order, each once.
  private var pages: [[UInt8]] = []
  /// What the agent has typed in this game.
  private var typed = NetHackTypedText()

  /// Notes a key of the agent before it is sent.
  mutating func willSend(_ key: UInt8, _ buffers: NetHackBuffers) { typed.note(key, asksLine: buffers.asksLine) }

  /// Notes the page that the game shows, without the prompts in it. A page that is still there after a key counts once.
  mutating func note(_ buffers: NetHackBuffers) {
    guard !buffers.isTyping, !buffers.asksQuestion else { return }
    var page = typed.removed(from: Array(buffers.caption))
    let sentences = Self.sentences(page)
    if sentences.contains(where: Self.isPrompt) {
      page = Array(sentences.filter { !Self.isPrompt($0) }.joined(separator: Self.gap))
    }
    if !page.isEmpty, !pages.contains(page) { pages.append(page) }
  }

  /// Whether a page of the current message contains `phrase` (not empty).
  func contains(_ phrase: StaticString) -> Bool {
    phrase.withUTF8Buffer { phrase in
      pages.contains { page in
        page.count >= phrase.count && (0...page.count - phrase.count).contains { page[$0...].starts(with: phrase) }
      }
    }
  }

  /// Whether a sentence is a question with choices, which may have its answer behind it: "Really attack the gnome? [yn] (n) y".
  private static func isPrompt(_ sentence: ArraySlice<UInt8>) -> Bool {
    let mark = Array("? [".utf8)
    return sentence.indices.contains { sentence[$0...].starts(with: mark) }
  }

  /// Notes the page that the game shows at the end of a step. If it was the last page of its message, the caption is the
  /// message; otherwise there is no caption yet.
  /// - Parameter isOver: whether the episode ends here, and with it the message.
  mutating func endStep(_ buffers: NetHackBuffers, isOver: Bool, caption: CaptionBuffer) {
    note(buffers)
    caption.clear()
    if buffers.waitsForSpace && !isOver { return }
    if pages.count == 1 {
      pages[0].withUnsafeBufferPointer(caption.set)
    } else {
      Self.join(pages, into: caption)
    }
    pages.removeAll(keepingCapacity: true)
  }

  /// Writes the sentences of all pages, each once. If they are too long for a caption, the oldest are left out.
  private static func join(_ pages: [[UInt8]], into caption: CaptionBuffer) {
    var sentences: [ArraySlice<UInt8>] = []
    for sentence in pages.flatMap(Self.sentences) where !sentences.contains(sentence) { sentences.append(sentence) }
    var length = sentences.reduce(0) { $0 + $1.count + gap.count }
    while length > CaptionBuffer.capacity + gap.count, sentences.count > 1 {
      length -= sentences.removeFirst().count + gap.count
    }
    for (index, sentence) in sentences.enumerated() {
      if index > 0 { gap.withUnsafeBufferPointer(caption.append) }
      sentence.withUnsafeBufferPointer(caption.append)
    }
  }

  /// Splits a page at two or more spaces, which the game puts between sentences.
  private static func sentences(_ page: [UInt8]) -> [ArraySlice<UInt8>] {
    let space = UInt8(ascii: " ")
    var sentences: [ArraySlice<UInt8>] = []
    var start = 0
    while start < page.count {
      var end = start
      while end < page.count, !(page[end] == space && (end + 1 == page.count || page[end + 1] == space)) { end += 1 }
      if end > start { sentences.append(page[start..<end]) }
      start = end
      while start < page.count, page[start] == space { start += 1 }
    }
    return sentences
  }
}
