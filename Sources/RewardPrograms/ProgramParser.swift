/// Turns tokens into statements:
///
///     program    = { statement }
///     statement  = ["let"] NAME ("=" | "+=" | "-=" | "*=" | "/=") choice LINE-END | "pass" LINE-END
///                | "if" choice ":" block { "elif" choice ":" block } [ "else" ":" block ]
///     block      = statement on the same line | LINE-END { statement } with a larger indentation
///     choice     = or [ "if" or "else" choice ]
///     or         = and { "or" and }                and   = not { "and" not }        not = "not" not | comparison
///     comparison = sum [ ("<" | "<=" | ">" | ">=" | "==" | "!=") sum ] | TEXT ["not"] "in" sum
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
    return try ProgramBlocks.flatten(try parser.program())
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

  private mutating func program() throws(ProgramError) -> [ProgramNode] {
    var nodes: [ProgramNode] = []
    while place < tokens.count {
      let indent = tokens[place].indent
      guard let node = try statement() else { continue }
      nodes.append(node)
      guard case .branches = node, place < tokens.count, tokens[place].indent != indent else { continue }
      throw ProgramError(
        line: line, "the line begins in another column than the \"if\" before it and the lines of its block")
    }
    return nodes
  }

  /// - Returns: nil for `pass`.
  private mutating func statement() throws(ProgramError) -> ProgramNode? {
    let line = line
    if isNext(.name("if")) { return .branches(try branches()) }
    try refuseKeyword()
    if take(.name("pass")) {
      guard take(.lineEnd) else { throw unexpected("the end of the line") }
      return nil
    }
    _ = take(.name("let"))
    let name = try name()
    let sign = try assignmentSign()
    let value = try choice()
    guard take(.lineEnd) else { throw unexpected("the end of the line") }
    return .assignment(ProgramAssignment(name: name, sign: sign, value: value, line: line))
  }

  /// `=`, which gives nil, or the operator of `+=` and its like.
  private mutating func assignmentSign() throws(ProgramError) -> ProgramOperator? {
    for sign in [ProgramOperator.plus, .minus, .times, .divided] where take(.sign(sign.rawValue + "=")) { return sign }
    try expect("=")
    return nil
  }

  /// Says what to write in place of Python's other statements, which models know well.
  private func refuseKeyword() throws(ProgramError) {
    guard place < tokens.count, case .name(let name) = tokens[place].kind else { return }
    switch name {
    case "while", "for":
      throw ProgramError(line: line, "\"\(name)\": there are no loops; a program runs once for each step")
    case "def", "class":
      throw ProgramError(line: line, "\"\(name)\": there are no functions of your own; write the lines alone")
    case "import", "from": throw ProgramError(line: line, "\"\(name)\": there is nothing to import")
    case "return": throw ProgramError(line: line, "there is no \"return\"; write reward = ...")
    case "elif", "else": throw ProgramError(line: line, "\"\(name)\" without an \"if\" in the same column before it")
    default: return
    }
  }

  /// `if` with its `elif` and `else`, which begin in the same column.
  private mutating func branches() throws(ProgramError) -> [ProgramBranch] {
    depth += 1
    defer { depth -= 1 }
    guard depth <= ProgramLimits.depth else {
      throw ProgramError(line: line, "more than \(ProgramLimits.depth) blocks inside each other")
    }
    let indent = tokens[place].indent
    var branches: [ProgramBranch] = []
    while place < tokens.count, tokens[place].indent == indent {
      let line = line
      let isFirst = branches.isEmpty
      let hasCondition = take(.name(isFirst ? "if" : "elif"))
      guard hasCondition || (!isFirst && take(.name("else"))) else { break }
      let condition = hasCondition ? try choice() : nil
      try expect(":")
      branches.append(ProgramBranch(condition: condition, body: try block(after: indent, line), line: line))
      if !hasCondition { break }
    }
    return branches
  }

  /// The lines after a colon.
  /// - Parameters:
  ///   - indent: the column of the `if`.
  ///   - first: its line.
  private mutating func block(after indent: Int, _ first: Int) throws(ProgramError) -> [ProgramNode] {
    var nodes: [ProgramNode] = []
    guard take(.lineEnd) else {
      // On the same line; a semicolon ends a statement too.
      while place < tokens.count, tokens[place].line == first {
        if let node = try statement() { nodes.append(node) }
      }
      return nodes
    }
    guard place < tokens.count, tokens[place].indent > indent else {
      throw ProgramError(line: line, "expected a line with a larger indentation after \":\"")
    }
    let own = tokens[place].indent
    while place < tokens.count, tokens[place].indent >= own {
      guard tokens[place].indent == own else {
        throw ProgramError(line: line, "the line is indented further than the block that it belongs to")
      }
      if let node = try statement() { nodes.append(node) }
    }
    guard place == tokens.count || tokens[place].indent <= indent else {
      throw ProgramError(line: line, "the line begins in a column of no block before it")
    }
    return nodes
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
    if case .text = left.kind, let found = try search(for: left) { return found }
    guard let sign = take(Self.comparisons) else { return left }
    let right = try sum()
    guard take(Self.comparisons) == nil else {
      throw ProgramError(line: left.line, "comparisons cannot be chained; join them with \"and\"")
    }
    return ProgramExpression(kind: .binary(sign, left, right), line: left.line)
  }

  /// `"words" in caption`, which is contains(caption, "words").
  private mutating func search(for text: ProgramExpression) throws(ProgramError) -> ProgramExpression? {
    let isNegated = isNext(.name("not"))
    if isNegated { place += 1 }
    guard take(.name("in")) else {
      if isNegated { place -= 1 }
      return nil
    }
    try grow()
    let found = ProgramExpression(kind: .call("contains", [try sum(), text]), line: text.line)
    return isNegated ? ProgramExpression(kind: .unary(.not, found), line: text.line) : found
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
    if ["if", "elif", "else", "and", "or", "not", "in", "let", "pass", "lambda"].contains(name) {
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
