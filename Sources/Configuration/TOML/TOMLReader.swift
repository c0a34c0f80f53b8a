extension TOMLTable {
  /// The table that a text describes: TOML 1.0 without dates and times, which no file of Tengu needs.
  ///
  /// The package has its own reader because the text of a configuration arrives from other machines, and the usual
  /// library ends the process for some texts, such as `[.a]`. This reader only refuses such a text, and the depth of its
  /// recursion is bounded.
  /// - Throws: `TOMLError` naming the line.
  public init(_ text: String) throws(TOMLError) {
    var reader = TOMLReader(text)
    self = try reader.document()
  }
}

/// Reads TOML: lines, headers, keys and containers. `TOMLScanner` reads characters, texts and numbers.
struct TOMLReader {
  /// Levels of tables and arrays inside each other, and parts of a dotted key. Tengu's files need three.
  static let maximumDepth = 32

  private var scanner: TOMLScanner
  private let root = TOMLBuilder(.header)

  init(_ text: String) { scanner = TOMLScanner(text) }

  mutating func document() throws(TOMLError) -> TOMLTable {
    var table = root
    scanner.skipBlankLines()
    while !scanner.isAtEnd {
      if scanner.take("[") {
        table = try header()
      } else {
        try setting(in: table)
      }
      try scanner.expectLineEnd()
      scanner.skipBlankLines()
    }
    return root.table
  }

  /// The rest of a header; its first bracket was taken.
  private mutating func header() throws(TOMLError) -> TOMLBuilder {
    let isElement = scanner.take("[")
    let path = try key()
    try scanner.expect("]", after: "a table's name")
    if isElement { try scanner.expect("]", after: "a table's name") }
    guard let table = root.define(path[...], isElement: isElement, line: scanner.line) else {
      throw scanner.error("\"\(path.joined(separator: "."))\" is defined already, and not as such a table")
    }
    return table
  }

  /// `key = value`.
  private mutating func setting(in table: TOMLBuilder, depth: Int = 0) throws(TOMLError) {
    let path = try key()
    try scanner.expect("=", after: "the key \"\(path.joined(separator: "."))\"")
    let line = scanner.line
    guard table.set(path[...], try value(depth), line: line) else {
      throw TOMLError(line: line, description: "\"\(path.joined(separator: "."))\" is defined already")
    }
  }

  /// A dotted key.
  private mutating func key() throws(TOMLError) -> [String] {
    var path: [String] = []
    repeat {
      guard path.count < Self.maximumDepth else { throw scanner.error("a key of more than \(Self.maximumDepth) parts") }
      scanner.skipSpaces()
      path.append(try scanner.simpleKey())
      scanner.skipSpaces()
    } while scanner.take(".")
    return path
  }

  private mutating func value(_ depth: Int) throws(TOMLError) -> TOMLValue {
    guard depth < Self.maximumDepth else { throw scanner.error("values inside more than \(Self.maximumDepth) others") }
    scanner.skipSpaces()
    if scanner.take("[") { return .array(try elements(depth + 1)) }
    if scanner.take("{") { return .table(try inlineTable(depth + 1)) }
    return try scanner.scalar()
  }

  /// The rest of an array, which may have line breaks, comments and a comma after the last element.
  private mutating func elements(_ depth: Int) throws(TOMLError) -> [TOMLValue] {
    var elements: [TOMLValue] = []
    scanner.skipBlankLines()
    while !scanner.take("]") {
      elements.append(try value(depth))
      scanner.skipBlankLines()
      if scanner.take(",") {
        scanner.skipBlankLines()
      } else {
        try scanner.expect("]", after: "an array's element")
        return elements
      }
    }
    return elements
  }

  /// The rest of a table in braces, which is on one line.
  private mutating func inlineTable(_ depth: Int) throws(TOMLError) -> TOMLTable {
    let table = TOMLBuilder(.header)
    scanner.skipSpaces()
    if scanner.take("}") { return table.table }
    repeat {
      try setting(in: table, depth: depth)
      scanner.skipSpaces()
    } while scanner.take(",")
    try scanner.expect("}", after: "an inline table's value")
    return table.table
  }
}
