/// One word, number, quoted text or sign of a program.
struct ProgramToken: Equatable {
  enum Kind: Equatable {
    case name(String)
    case number(Float)
    case text([UInt8])
    case sign(String)
    /// The end of a statement: a line break outside brackets.
    case lineEnd
  }

  let kind: Kind
  let line: Int
  /// Columns before the first token of the line.
  var indent = 0
}

/// Cuts a program into tokens.
struct ProgramTokens {
  private static let signs = [
    "<=", ">=", "==", "!=", "+=", "-=", "*=", "/=", "<", ">", "=", "+", "-", "*", "/", "(", ")", "[", "]", ",", ".",
    ":",
  ]

  private let bytes: [UInt8]
  private var place = 0
  private var line = 1
  /// Columns before the first token of this line.
  private var indent = 0
  /// Whether the line has no token yet.
  private var isAtStart = true
  /// A tab reaches the next multiple of as many columns, as in Python.
  private static let tabColumns = 8
  /// Open brackets, inside which a line break ends nothing.
  private var brackets = 0
  private var tokens: [ProgramToken] = []

  /// - Throws: `ProgramError` that names the line.
  static func tokens(of text: String) throws(ProgramError) -> [ProgramToken] {
    let bytes = Array(text.utf8)
    guard bytes.count <= ProgramLimits.bytes else {
      throw ProgramError("a program has at most \(ProgramLimits.bytes) bytes, not \(bytes.count)")
    }
    var reader = ProgramTokens(bytes)
    while reader.place < bytes.count { try reader.next() }
    reader.endLine()
    return reader.tokens
  }

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  private mutating func next() throws(ProgramError) {
    let byte = bytes[place]
    switch byte {
    case UInt8(ascii: "\n"), UInt8(ascii: ";"):
      if brackets == 0 { endLine() }
      if byte == UInt8(ascii: "\n") {
        line += 1
        (indent, isAtStart) = (0, true)
      }
      place += 1
    case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"):
      if isAtStart, byte == UInt8(ascii: " ") { indent += 1 }
      if isAtStart, byte == UInt8(ascii: "\t") { indent += Self.tabColumns - indent % Self.tabColumns }
      place += 1
    case UInt8(ascii: "#"): while place < bytes.count, bytes[place] != UInt8(ascii: "\n") { place += 1 }
    case UInt8(ascii: "\""), UInt8(ascii: "'"): try quoted(byte)
    case UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"):
      let start = place
      while place < bytes.count, Self.isOfName(bytes[place]) { place += 1 }
      add(.name(String(decoding: bytes[start..<place], as: UTF8.self)))
    default: try sign()
    }
  }

  private mutating func add(_ kind: ProgramToken.Kind) {
    tokens.append(ProgramToken(kind: kind, line: line, indent: indent))
    isAtStart = false
  }

  private mutating func endLine() {
    if let last = tokens.last, last.kind != .lineEnd { add(.lineEnd) }
  }

  private static func isOfName(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }

  private mutating func quoted(_ quote: UInt8) throws(ProgramError) {
    let start = place + 1
    place = start
    while place < bytes.count, bytes[place] != quote, bytes[place] != UInt8(ascii: "\n") { place += 1 }
    guard place < bytes.count, bytes[place] == quote else {
      throw ProgramError(line: line, "a text has no closing quote")
    }
    let text = Array(bytes[start..<place])
    place += 1
    guard (1...ProgramLimits.literalBytes).contains(text.count) else {
      throw ProgramError(line: line, "a text in quotes has 1 to \(ProgramLimits.literalBytes) bytes, not \(text.count)")
    }
    add(.text(text))
  }

  private mutating func number() throws(ProgramError) {
    let start = place
    while place < bytes.count, Self.isOfName(bytes[place]) || bytes[place] == UInt8(ascii: ".") { place += 1 }
    let text = String(decoding: bytes[start..<place], as: UTF8.self)
    // Digits and a point alone: Float reads other forms, such as 0x10.
    let isPlain = text.utf8.allSatisfy { (48...57).contains($0) || $0 == UInt8(ascii: ".") }
    guard isPlain, let value = Float(text), value <= 1e9 else {
      throw ProgramError(line: line, "\"\(text)\" is not a number from 0 to 1e9")
    }
    add(.number(value))
  }

  private mutating func sign() throws(ProgramError) {
    for sign in Self.signs where bytes[place...].starts(with: sign.utf8) {
      if sign == "(" || sign == "[" { brackets += 1 }
      if sign == ")" || sign == "]" { brackets = max(0, brackets - 1) }
      add(.sign(sign))
      place += sign.utf8.count
      return
    }
    let byte = bytes[place]
    let shown = (33...126).contains(byte) ? "\"\(Character(UnicodeScalar(byte)))\"" : "the byte \(byte)"
    throw ProgramError(line: line, "\(shown) has no meaning here")
  }
}
