/// The words of a text: runs of letters in lower case. Bytes beyond ASCII count as letters; digits and marks divide.
enum CaptionWords {
  static func words(_ text: some Sequence<UInt8>) -> [[UInt8]] {
    var words: [[UInt8]] = []
    var word: [UInt8] = []
    for byte in text {
      let lower = (65...90).contains(byte) ? byte | 0x20 : byte
      if (97...122).contains(lower) || lower >= 128 {
        word.append(lower)
      } else if !word.isEmpty {
        words.append(word)
        word.removeAll()
      }
    }
    if !word.isEmpty { words.append(word) }
    return words
  }

  /// The pieces of `<word>` that are 3 to 5 bytes long, and the whole of a shorter one (Bojanowski et al. 2017).
  static func pieces(of word: [UInt8]) -> [ArraySlice<UInt8>] {
    let marked = [UInt8(ascii: "<")] + word + [UInt8(ascii: ">")]
    let pieces = (3...5).flatMap { length in
      marked.count < length ? [] : (0...marked.count - length).map { marked[$0..<$0 + length] }
    }
    return pieces.isEmpty ? [marked[...]] : pieces
  }
}
