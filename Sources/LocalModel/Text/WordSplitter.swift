/// How a text is cut into words before its bytes are merged: every vocabulary was made with one such way.
enum WordSplitter: String, Sendable {
  case smollm
  case qwen2
  case gpt2 = "gpt-2"

  /// The words in their order; together they are the text.
  func words(of text: String) -> [Substring.UnicodeScalarView] {
    let scalars = Array(text.unicodeScalars)
    var words: [Substring.UnicodeScalarView] = []
    var index = text.unicodeScalars.startIndex
    for length in lengths(scalars) {
      let end = text.unicodeScalars.index(index, offsetBy: length)
      words.append(text.unicodeScalars[index..<end])
      index = end
    }
    return words
  }

  private func lengths(_ scalars: [Unicode.Scalar]) -> [Int] {
    let kinds = scalars.map(ScalarKind.init)
    var lengths: [Int] = []
    var start = 0
    while start < scalars.count {
      // Where digits stand alone, they also end the texts that are cut.
      var end = scalars.count
      if self == .smollm {
        end = kinds[start...].firstIndex(of: .number) ?? scalars.count
        if end == start {
          lengths.append(1)
          start += 1
          continue
        }
      }
      let part = WordScanner(scalars: scalars[start..<end], kinds: kinds[start..<end])
      lengths += self == .qwen2 ? part.modernLengths() : part.classicLengths()
      start = end
    }
    return lengths
  }
}

/// What the expressions of tokenisers tell apart.
enum ScalarKind: Sendable {
  case letter, number, space, newline, other

  init(_ scalar: Unicode.Scalar) {
    switch scalar {
    case "\r", "\n": self = .newline
    case _ where scalar.properties.isWhitespace: self = .space
    default:
      switch scalar.properties.generalCategory {
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: self = .letter
      case .decimalNumber, .letterNumber, .otherNumber: self = .number
      default: self = .other
      }
    }
  }

  var isSpace: Bool { self == .space || self == .newline }
}

/// Cuts one part of a text.
struct WordScanner {
  let scalars: ArraySlice<Unicode.Scalar>
  let kinds: ArraySlice<ScalarKind>

  private static let endings = ["s", "t", "re", "ve", "m", "ll", "d"]

  /// 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+, as GPT-2 has it.
  func classicLengths() -> [Int] {
    var lengths: [Int] = []
    var start = scalars.startIndex
    while start < scalars.endIndex {
      var end = ending(at: start, ignoringCase: false) ?? start
      if end == start {
        let first =
          scalars[start] == " " && start + 1 < scalars.endIndex && !kinds[start + 1].isSpace ? start + 1 : start
        end = kinds[first].isSpace ? spaces(from: start) : run(of: kinds[first], from: first)
      }
      lengths.append(end - start)
      start = end
    }
    return lengths
  }

  /// The expression of Qwen 2: (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|
  /// ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+.
  func modernLengths() -> [Int] {
    var lengths: [Int] = []
    var start = scalars.startIndex
    while start < scalars.endIndex {
      let end = ending(at: start, ignoringCase: true) ?? modernEnd(from: start)
      lengths.append(end - start)
      start = end
    }
    return lengths
  }

  private func modernEnd(from start: Int) -> Int {
    let kind = kinds[start]
    let next = start + 1 < kinds.endIndex ? kinds[start + 1] : nil
    if kind == .letter { return run(of: .letter, from: start) }
    if kind != .newline, kind != .number, next == .letter { return run(of: .letter, from: start + 1) }
    if kind == .number { return start + 1 }
    if kind == .other || scalars[start] == " " && next == .other {
      var end = run(of: .other, from: kind == .other ? start : start + 1)
      while end < kinds.endIndex, kinds[end] == .newline { end += 1 }
      return end
    }
    // White space: up to its last newline if it has one.
    let whole = kinds[start...].firstIndex { !$0.isSpace } ?? kinds.endIndex
    if let newline = kinds[start..<whole].lastIndex(of: .newline) { return newline + 1 }
    return spaces(from: start)
  }

  /// The end of an English ending such as 's.
  private func ending(at start: Int, ignoringCase: Bool) -> Int? {
    guard scalars[start] == "'" else { return nil }
    for ending in Self.endings {
      let end = start + 1 + ending.unicodeScalars.count
      guard end <= scalars.endIndex else { continue }
      let text = String(String.UnicodeScalarView(scalars[start + 1..<end]))
      if (ignoringCase ? text.lowercased() : text) == ending { return end }
    }
    return nil
  }

  private func run(of kind: ScalarKind, from start: Int) -> Int {
    kinds[start...].firstIndex { $0 != kind } ?? kinds.endIndex
  }

  /// The end of white space, which leaves its last scalar to a word that follows.
  private func spaces(from start: Int) -> Int {
    let end = kinds[start...].firstIndex { !$0.isSpace } ?? kinds.endIndex
    return end == kinds.endIndex || end == start + 1 ? end : end - 1
  }
}
