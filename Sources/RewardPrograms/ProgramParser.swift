/// Turns tokens into statements:
///
///     program    = { ["let"] NAME "=" choice LINE-END }
///     choice     = or [ "if" or "else" choice ]
///     or         = and { "or" and }                and   = not { "and" not }        not = "not" not | comparison
///     comparison = sum [ ("<" | "<=" | ">" | ">=" | "==" | "!=") sum ]
///     sum        = product { ("+" | "-") product }    product = sign { ("*" | "/") sign }    sign = "-" sign | value
///     value      = NUMBER | TEXT | "true" | "false" | NAME | NAME "." NAME [ "[" NUMBER "]" ]
///                | NAME "(" choice { "," choice } ")" | "(" choice ")"
struct ProgramParser {
  private static let comparisons: [ProgramOperator] = [
    .less, .lessOrEqual, .greater, .greaterOrEqual, .equal, .unequal,
  ]

  private let tokens: [ProgramToken]
  private var place = 0
  private var depth = 0
  /// Values and operators so far.
  private var size = 0

  /// - Throws: `ProgramError` that names the line.
  static func statements(of text: String) throws(ProgramError) -> [ProgramStatement] {
    var parser = ProgramParser(try ProgramTokens.tokens(of: text))
    var statements: [ProgramStatement] = []
    while parser.place < parser.tokens.count { statements.append(try parser.statement()) }
    return statements
  }

  private init(_ tokens: [ProgramToken]) { self.tokens = tokens }

  // MARK: Tokens

  private var line: Int { place < tokens.count ? tokens[place].line : tokens.last?.line ?? 1 }

  private func isNext(_ kind: ProgramToken.Kind) -> Bool { place < tokens.count && tokens[place].kind == kind }

  private mutating func take(_ kind: ProgramToken.Kind) -> Bool {
    guard isNext(kind) else { return false }
    place += 1
    return true
  }

  private mutating func expect(_ sign: String) throws(ProgramError) {
    guard take(.sign(sign)) else { throw unexpected("\"\(sign)\"") }
  }

  private mutating func name() throws(ProgramError) -> String {
    guard place < tokens.count, case .name(let name) = tokens[place].kind else { throw unexpected("a name") }
    place += 1
    return name
  }

  private func unexpected(_ expected: String) -> ProgramError {
    guard place < tokens.count else { return ProgramError(line: line, "expected \(expected), found the end") }
    let found =
      switch tokens[place].kind {
      case .name(let name): "\"\(name)\""
      case .number(let number): "\(number)"
      case .text: "a text"
      case .sign(let sign): "\"\(sign)\""
      case .lineEnd: "the end of the line"
      }
    return ProgramError(line: line, "expected \(expected), found \(found)")
  }

  /// An operator among `operators`, if it is next.
  private mutating func take(_ operators: [ProgramOperator]) -> ProgramOperator? {
    operators.first { take(.sign($0.rawValue)) || take(.name($0.rawValue)) }
  }

  // MARK: Grammar

  private mutating func statement() throws(ProgramError) -> ProgramStatement {
    let line = line
    _ = take(.name("let"))
    let name = try name()
    try expect("=")
    let value = try choice()
    guard take(.lineEnd) else { throw unexpected("the end of the line") }
    return ProgramStatement(name: name, value: value, line: line)
  }

  private mutating func choice() throws(ProgramError) -> ProgramExpression {
    depth += 1
    defer { depth -= 1 }
    guard depth <= ProgramLimits.depth else {
      throw ProgramError(line: line, "more than \(ProgramLimits.depth) brackets and operators inside each other")
    }
    let line = line
    let first = try logical(
      .or,
      { (parser) throws(ProgramError) in
        try parser.logical(.and, { (parser) throws(ProgramError) in try parser.negation() })
      })
    guard take(.name("if")) else { return first }
    let condition = try choice()
    guard take(.name("else")) else { throw unexpected("\"else\"") }
    return ProgramExpression(kind: .choice(condition: condition, first: first, second: try choice()), line: line)
  }

  private typealias Part = (inout ProgramParser) throws(ProgramError) -> ProgramExpression

  private mutating func logical(_ sign: ProgramOperator, _ part: Part) throws(ProgramError) -> ProgramExpression {
    try chain([sign], part)
  }

  /// Parts with operators between them, from left to right.
  private mutating func chain(_ operators: [ProgramOperator], _ part: Part) throws(ProgramError) -> ProgramExpression {
    var result = try part(&self)
    while let sign = take(operators) {
      try grow()
      result = ProgramExpression(kind: .binary(sign, result, try part(&self)), line: result.line)
    }
    return result
  }

  private mutating func negation() throws(ProgramError) -> ProgramExpression {
    guard isNext(.name("not")) else { return try comparison() }
    return try prefixed(.not, { (parser) throws(ProgramError) in try parser.negation() })
  }

  private mutating func comparison() throws(ProgramError) -> ProgramExpression {
    let left = try sum()
    guard let sign = take(Self.comparisons) else { return left }
    let right = try sum()
    guard take(Self.comparisons) == nil else {
      throw ProgramError(line: left.line, "comparisons cannot be chained; join them with \"and\"")
    }
    return ProgramExpression(kind: .binary(sign, left, right), line: left.line)
  }

  private mutating func sum() throws(ProgramError) -> ProgramExpression {
    try chain(
      [.plus, .minus],
      { (parser) throws(ProgramError) in
        try parser.chain([.times, .divided], { (parser) throws(ProgramError) in try parser.signed() })
      })
  }

  private mutating func signed() throws(ProgramError) -> ProgramExpression {
    guard isNext(.sign("-")) else { return try value() }
    return try prefixed(.minus, { (parser) throws(ProgramError) in try parser.signed() })
  }

  /// An operator before its operand.
  private mutating func prefixed(_ sign: ProgramOperator, _ part: Part) throws(ProgramError) -> ProgramExpression {
    let line = line
    place += 1
    depth += 1
    defer { depth -= 1 }
    guard depth <= ProgramLimits.depth else { throw ProgramError(line: line, "too many operators in a row") }
    return ProgramExpression(kind: .unary(sign, try part(&self)), line: line)
  }

  /// Counts a value or an operator, so that no expression is too large to walk through.
  private mutating func grow() throws(ProgramError) {
    size += 1
    guard size <= 2 * ProgramLimits.operations else {
      throw ProgramError(line: line, "more than \(2 * ProgramLimits.operations) values and operators")
    }
  }

  private mutating func value() throws(ProgramError) -> ProgramExpression {
    let line = line
    try grow()
    guard place < tokens.count else { throw unexpected("a value") }
    switch tokens[place].kind {
    case .number(let number):
      place += 1
      return ProgramExpression(kind: .number(number), line: line)
    case .text(let text):
      place += 1
      return ProgramExpression(kind: .text(text), line: line)
    case .sign("("):
      place += 1
      let inner = try choice()
      try expect(")")
      return inner
    case .name(let name):
      place += 1
      return ProgramExpression(kind: try named(name), line: line)
    default: throw unexpected("a value")
    }
  }

  private mutating func named(_ name: String) throws(ProgramError) -> ProgramExpression.Kind {
    if ["if", "else", "and", "or", "not", "let"].contains(name) {
      place -= 1
      throw unexpected("a value")
    }
    if name == "true" || name == "false" || name == "True" || name == "False" {
      return .truth(name.lowercased() == "true")
    }
    if take(.sign(".")) { return .field(row: name, name: try self.name(), index: try index()) }
    guard take(.sign("(")) else { return .name(name) }
    var arguments = [try choice()]
    while take(.sign(",")) { arguments.append(try choice()) }
    try expect(")")
    guard arguments.count <= ProgramLimits.arguments else {
      throw ProgramError(line: line, "\(name) has more than \(ProgramLimits.arguments) arguments")
    }
    return .call(name, arguments)
  }

  private mutating func index() throws(ProgramError) -> Int? {
    guard take(.sign("[")) else { return nil }
    guard place < tokens.count, case .number(let number) = tokens[place].kind, let index = Int(exactly: number) else {
      throw unexpected("a whole number")
    }
    place += 1
    try expect("]")
    return index
  }
}
