/// Reads the characters of a TOML text: spaces, comments, keys, texts, numbers. It never reads beyond the end.
struct TOMLScanner {
  private let bytes: [UInt8]
  private var position = 0
  /// From 1.
  private(set) var line = 1

  init(_ text: String) {
    bytes = Array(text.utf8)
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  var isAtEnd: Bool { position == bytes.count }

  func error(_ reason: String) -> TOMLError { TOMLError(line: line, description: reason) }

  // MARK: Characters

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func take(all text: StaticString) -> Bool {
    let matches = text.withUTF8Buffer { bytes[position...].starts(with: $0) }
    if matches { position += text.utf8CodeUnitCount }
    return matches
  }

  /// Takes a character after spaces.
  mutating func expect(_ character: Unicode.Scalar, after what: String) throws(TOMLError) {
    skipSpaces()
    guard take(character) else { throw error("\"\(character)\" is missing after \(what)") }
  }

  mutating func skipSpaces() {
    while next == UInt8(ascii: " ") || next == UInt8(ascii: "\t") { position += 1 }
  }

  /// Spaces, comments and line breaks.
  mutating func skipBlankLines() {
    repeat {
      skipSpaces()
      skipComment()
    } while takeLineBreak()
  }

  /// Spaces and a comment, up to the next line or the end.
  mutating func expectLineEnd() throws(TOMLError) {
    skipSpaces()
    skipComment()
    guard isAtEnd || takeLineBreak() else { throw error("more than one setting or header on a line") }
  }

  private mutating func skipComment() {
    guard next == UInt8(ascii: "#") else { return }
    while let byte = next, byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "\r") { position += 1 }
  }

  private mutating func takeLineBreak() -> Bool {
    guard take(all: "\r\n") || take("\n") else { return false }
    line += 1
    return true
  }

  /// The longest piece at the position of which all bytes satisfy `isPart`.
  private mutating func piece(_ isPart: (UInt8) -> Bool) -> String {
    let start = position
    while let byte = next, isPart(byte) { position += 1 }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
  }

  // MARK: Keys and values

  /// One part of a key: bare or in quotes.
  mutating func simpleKey() throws(TOMLError) -> String {
    if take("\"") { return try text(isMultiline: false) }
    if take("'") { return try literalText(isMultiline: false) }
    let key = piece { Self.isLetterOrDigit($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
    guard !key.isEmpty else { throw error("a key is missing") }
    return key
  }

  /// A text, number or boolean.
  mutating func scalar() throws(TOMLError) -> TOMLValue {
    if take(all: "\"\"\"") { return .text(try text(isMultiline: true)) }
    if take(all: "'''") { return .text(try literalText(isMultiline: true)) }
    if take("\"") { return .text(try text(isMultiline: false)) }
    if take("'") { return .text(try literalText(isMultiline: false)) }
    let word = piece { Self.isLetterOrDigit($0) || [43, 45, 46, 58, 95].contains($0) }  // + - . : _
    if word.isEmpty { throw error("a value is missing") }
    if let value = TOMLNumber.value(word) { return value }
    if word.contains(":") || word.first?.isNumber == true && word.split(separator: "-").count == 3 {
      throw error("dates and times are not supported: \(word)")
    }
    throw error("\"\(word)\" is no value; texts are written in quotes")
  }

  /// The rest of a text in single quotes, which has no escapes.
  private mutating func literalText(isMultiline: Bool) throws(TOMLError) -> String {
    if isMultiline { _ = takeLineBreak() }
    var content: [UInt8] = []
    while let byte = next {
      if isMultiline ? take(all: "'''") : take("'") { return closed(content, UInt8(ascii: "'"), isMultiline) }
      try append(byte, to: &content, isMultiline)
    }
    throw error("a text without its closing quote")
  }

  /// The rest of a text in double quotes.
  private mutating func text(isMultiline: Bool) throws(TOMLError) -> String {
    if isMultiline { _ = takeLineBreak() }
    var content: [UInt8] = []
    while let byte = next {
      if isMultiline ? take(all: "\"\"\"") : take("\"") { return closed(content, UInt8(ascii: "\""), isMultiline) }
      if take("\\") {
        try escape(&content, isMultiline)
      } else {
        try append(byte, to: &content, isMultiline)
      }
    }
    throw error("a text without its closing quote")
  }

  /// The text after its closing quotes were taken. Up to two quotes may precede the three that end a text of many lines.
  private mutating func closed(_ content: [UInt8], _ quote: UInt8, _ isMultiline: Bool) -> String {
    var content = content
    for _ in 0..<2 where isMultiline && next == quote {
      content.append(quote)
      position += 1
    }
    return String(decoding: content, as: UTF8.self)
  }

  private mutating func append(_ byte: UInt8, to content: inout [UInt8], _ isMultiline: Bool) throws(TOMLError) {
    if isMultiline, takeLineBreak() { return content.append(UInt8(ascii: "\n")) }
    guard byte >= 0x20 && byte != 0x7F || byte == UInt8(ascii: "\t") else {
      throw error("a line break or control character in a text")
    }
    content.append(byte)
    position += 1
  }

  /// An escape sequence, its backslash taken.
  private mutating func escape(_ content: inout [UInt8], _ isMultiline: Bool) throws(TOMLError) {
    let plain: [(Unicode.Scalar, UInt8)] = [
      ("b", 8), ("t", 9), ("n", 10), ("f", 12), ("r", 13), ("\"", 34), ("\\", 92),
    ]
    for (letter, byte) in plain where take(letter) { return content.append(byte) }
    for (letter, count) in [("u", 4), ("U", 8)] as [(Unicode.Scalar, Int)] where take(letter) {
      let digits = String(decoding: bytes[position...].prefix(count), as: UTF8.self)
      guard digits.utf8.count == count, digits.utf8.allSatisfy(Self.isLetterOrDigit),
        let scalar = UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init)
      else { throw error("\\\(letter) is not followed by the \(count) digits of a character") }
      position += count
      return content.append(contentsOf: Array(String(scalar).utf8))
    }
    // A backslash at the end of a line joins it with the next text.
    let start = position
    skipSpaces()
    guard isMultiline, takeLineBreak() else {
      position = start
      throw error("an unknown escape in a text")
    }
    repeat { skipSpaces() } while takeLineBreak()
  }
}

/// Numbers and booleans as TOML writes them.
enum TOMLNumber {
  /// The value of a word; nil if it is none, or does not fit.
  static func value(_ word: String) -> TOMLValue? {
    switch word {
    case "true": return .boolean(true)
    case "false": return .boolean(false)
    case "inf", "+inf": return .real(.infinity)
    case "-inf": return .real(-.infinity)
    case "nan", "+nan", "-nan": return .real(.nan)
    default: break
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where word.hasPrefix(prefix) {
      return digits(word.dropFirst(2), radix).flatMap { Int($0, radix: radix) }.map { .integer($0) }
    }
    return decimal(word)
  }

  private static func decimal(_ word: String) -> TOMLValue? {
    let isSigned = word.hasPrefix("-") || word.hasPrefix("+")
    let sign = word.hasPrefix("-") ? "-" : ""
    let parts = word.dropFirst(isSigned ? 1 : 0).split(
      separator: /[eE]/, maxSplits: 1, omittingEmptySubsequences: false)
    let numbers = parts[0].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = digits(numbers[0]), whole == "0" || !whole.hasPrefix("0") else { return nil }
    if parts.count == 1 && numbers.count == 1 { return Int(sign + whole, radix: 10).map { .integer($0) } }
    var text = sign + whole
    if numbers.count == 2 {
      guard let fraction = digits(numbers[1]) else { return nil }
      text += "." + fraction
    }
    if parts.count == 2 {
      let hasSign = parts[1].hasPrefix("-") || parts[1].hasPrefix("+")
      guard let exponent = digits(parts[1].dropFirst(hasSign ? 1 : 0)) else { return nil }
      text += parts[1].hasPrefix("-") ? "e-" + exponent : "e" + exponent
    }
    guard let number = Double(text), number.isFinite else { return nil }
    return .real(number)
  }

  /// Digits without the underscores between them; nil for anything else.
  private static func digits(_ text: Substring, _ radix: Int = 10) -> String? {
    let groups = text.split(separator: "_", omittingEmptySubsequences: false)
    guard
      groups.allSatisfy({ group in !group.isEmpty && group.allSatisfy { $0.isASCII && $0.hexDigitValue ?? 99 < radix } }
      )
    else { return nil }
    return groups.joined()
  }
}
