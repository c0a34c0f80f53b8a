/// Checks the types of a program and turns it into code.
struct ProgramCompiler {
  enum ValueType: String {
    case number = "a number"
    case truth = "true or false"
    case text = "a text"
  }

  /// Values that a program begins with.
  private static let inputs: [String: (ProgramCode.Operation, ValueType)] = [
    "occurrences": (.occurrences, .number), "extrinsic": (.extrinsic, .number), "ended": (.ended, .truth),
    "won": (.won, .truth),
  ]
  private static let unary: [String: ProgramCode.Operation] = [
    "abs": .absolute, "sqrt": .root, "exp": .exponential, "floor": .floor, "log": .logarithm,
  ]
  private static let functions =
    unary.keys.sorted() + ["clip", "max", "min", "contains", "starts", "number", "met"]

  private let schema: ProgramSchema
  private(set) var literals: [[UInt8]] = []
  /// Literals that are counted over an episode.
  private(set) var counted: Set<Int> = []
  private var names: [String: (index: Int, type: ValueType)] = [:]
  /// Statements so far; each has a value.
  private var count = 0
  private var total = 0
  private var code = ProgramCode()
  private var height = 0

  init(_ schema: ProgramSchema) { self.schema = schema }

  /// The code of one statement.
  /// - Throws: `ProgramError` that names the line.
  mutating func compile(_ statement: ProgramStatement) throws(ProgramError) -> ProgramCode {
    let name = statement.name
    guard names[name] == nil || statement.isRepeated else {
      throw ProgramError(line: statement.line, "\"\(name)\" has a value already")
    }
    guard Self.inputs[name] == nil, !Self.functions.contains(name), !["caption", "before", "after"].contains(name)
    else {
      throw ProgramError(line: statement.line, "\"\(name)\" is a name of the language")
    }
    (code, height) = (ProgramCode(), 0)
    let type = try emit(statement.value)
    guard type != .text else { throw ProgramError(line: statement.line, "\"\(name)\" must be a number, not a text") }
    names[name] = (count, type)
    count += 1
    return code
  }

  /// The number of the statement that gives a name its latest value.
  func place(of name: String) -> Int? { names[name]?.index }

  // MARK: Operations

  private mutating func add(_ operation: ProgramCode.Operation, takes: Int, line: Int) throws(ProgramError) {
    total += 1
    guard total <= ProgramLimits.operations else {
      throw ProgramError(line: line, "a program has at most \(ProgramLimits.operations) operations")
    }
    height += 1 - takes
    code.operations.append(operation)
    code.stackSize = max(code.stackSize, height)
  }

  private mutating func literal(_ text: [UInt8], _ line: Int) throws(ProgramError) -> Int {
    if let index = literals.firstIndex(of: text) { return index }
    guard literals.count < ProgramLimits.literals else {
      throw ProgramError(line: line, "a program has at most \(ProgramLimits.literals) different texts")
    }
    literals.append(text)
    return literals.count - 1
  }

  // MARK: Expressions

  private mutating func emit(_ expression: ProgramExpression) throws(ProgramError) -> ValueType {
    let line = expression.line
    switch expression.kind {
    case .number(let number):
      try add(.constant(number), takes: 0, line: line)
      return .number
    case .truth(let truth):
      try add(.constant(truth ? 1 : 0), takes: 0, line: line)
      return .truth
    case .text: throw ProgramError(line: line, "a text is an argument of contains, starts or met")
    case .name(let name): return try emit(name: name, line)
    case .field(let row, let name, let index): return try emit(row: row, name, index, line)
    case .call(let name, let arguments): return try emit(call: name, arguments, line)
    case .unary(let sign, let value):
      try emitNumber(value)
      try add(sign == .not ? .not : .negate, takes: 1, line: line)
      return sign == .not ? .truth : .number
    case .binary(let sign, let left, let right): return try emit(sign, left, right, line)
    case .choice(let condition, let first, let second):
      try emitNumber(condition)
      let type = try emitNumber(first)
      let other = try emitNumber(second)
      try add(.select, takes: 3, line: line)
      return type == other ? type : .number
    }
  }

  /// A number, or a truth, which counts as 1 or 0.
  @discardableResult
  private mutating func emitNumber(_ expression: ProgramExpression) throws(ProgramError) -> ValueType {
    let type = try emit(expression)
    guard type != .text else { throw ProgramError(line: expression.line, "expected a number, found a text") }
    return type
  }

  private mutating func emit(name: String, _ line: Int) throws(ProgramError) -> ValueType {
    if let (index, type) = names[name] {
      try add(.load(index), takes: 0, line: line)
      return type
    }
    if let (operation, type) = Self.inputs[name] {
      try add(operation, takes: 0, line: line)
      return type
    }
    if name == "caption" { throw ProgramError(line: line, "\"caption\" is an argument of contains, starts or number") }
    throw ProgramError(
      line: line,
      "there is no value \"\(name)\" here; there are caption, \(Self.inputs.keys.sorted().joined(separator: ", ")), "
        + "before.FIELD and after.FIELD, and what earlier lines define")
  }

  private mutating func emit(
    row: String, _ name: String, _ index: Int?, _ line: Int
  ) throws(ProgramError) -> ValueType {
    guard row == "before" || row == "after" else {
      throw ProgramError(line: line, "\"\(row)\" has no parts; observations are before.FIELD and after.FIELD")
    }
    var (fieldName, place) = (name, index)
    if let element = schema.elements[name], index == nil { (fieldName, place) = (element.field, element.index) }
    guard let field = schema.fields[fieldName] else {
      throw ProgramError(
        line: line, "there is no field \"\(name)\"; there are \(schema.names.joined(separator: ", "))")
    }
    guard !field.isText else {
      throw ProgramError(line: line, "\"\(name)\" is a text: contains(\(row).\(name), \"...\")")
    }
    if place == nil, field.count == 1 { place = 0 }
    guard let place, (0..<field.count).contains(place) else {
      throw ProgramError(line: line, "\"\(name)\" has the elements \(name)[0] to \(name)[\(field.count - 1)]")
    }
    try add(
      .element(isAfter: row == "after", offset: field.offset + place * field.type.byteCount, type: field.type),
      takes: 0,
      line: line)
    return .number
  }

  private mutating func emit(
    _ sign: ProgramOperator, _ left: ProgramExpression, _ right: ProgramExpression, _ line: Int
  ) throws(ProgramError) -> ValueType {
    // a > b is b < a: the same operation with the sides exchanged.
    let isReversed = sign == .greater || sign == .greaterOrEqual
    try emitNumber(isReversed ? right : left)
    try emitNumber(isReversed ? left : right)
    let (operation, type): (ProgramCode.Operation, ValueType) =
      switch sign {
      case .plus: (.add, .number)
      case .minus: (.subtract, .number)
      case .times: (.multiply, .number)
      case .divided: (.divide, .number)
      case .less, .greater: (.isLess, .truth)
      case .lessOrEqual, .greaterOrEqual: (.isLessOrEqual, .truth)
      case .equal, .unequal: (.isEqual, .truth)
      case .and: (.both, .truth)
      case .or, .not: (.either, .truth)
      }
    try add(operation, takes: 2, line: line)
    if sign == .unequal { try add(.not, takes: 1, line: line) }
    return type
  }

  // MARK: Functions

  private mutating func emit(
    call name: String, _ arguments: [ProgramExpression], _ line: Int
  ) throws(ProgramError) -> ValueType {
    func expect(_ count: ClosedRange<Int>, _ form: String) throws(ProgramError) {
      guard count.contains(arguments.count) else { throw ProgramError(line: line, "it is \(form)") }
    }
    let many = ProgramLimits.arguments
    switch name {
    case "min", "max":
      try expect(2...many, "\(name)(a, b, ...)")
      try emitNumber(arguments[0])
      for argument in arguments.dropFirst() {
        try emitNumber(argument)
        try add(name == "min" ? .least : .greatest, takes: 2, line: line)
      }
      return .number
    case "clip":
      try expect(3...3, "clip(x, low, high)")
      try emitNumber(arguments[0])
      try emitNumber(arguments[1])
      try add(.greatest, takes: 2, line: line)
      try emitNumber(arguments[2])
      try add(.least, takes: 2, line: line)
      return .number
    case "contains", "starts":
      try expect(2...many, "\(name)(caption, \"...\") with one text or several")
      return try emitMatches(arguments[0], arguments.dropFirst(), isPrefix: name == "starts", line)
    case "number":
      try expect(1...1, "number(caption)")
      guard case .name("caption") = arguments[0].kind else { throw ProgramError(line: line, "it is number(caption)") }
      try add(.captionNumber, takes: 0, line: line)
      return .number
    case "met":
      try expect(1...1, "met(\"...\")")
      guard case .text(let text) = arguments[0].kind else { throw ProgramError(line: line, "it is met(\"...\")") }
      let index = try literal(text, line)
      counted.insert(index)
      try add(.met(index), takes: 0, line: line)
      return .number
    default:
      guard let operation = Self.unary[name] else {
        throw ProgramError(
          line: line, "there is no function \"\(name)\"; there are \(Self.functions.joined(separator: ", "))")
      }
      try expect(1...1, "\(name)(x)")
      try emitNumber(arguments[0])
      try add(operation, takes: 1, line: line)
      return .number
    }
  }

  /// Whether a text contains one of several literals.
  private mutating func emitMatches(
    _ subject: ProgramExpression, _ texts: ArraySlice<ProgramExpression>, isPrefix: Bool, _ line: Int
  ) throws(ProgramError) -> ValueType {
    for (number, argument) in texts.enumerated() {
      guard case .text(let text) = argument.kind else {
        throw ProgramError(line: line, "what is looked for is a text in quotes")
      }
      let index = try literal(text, line)
      switch subject.kind {
      case .name("caption"):
        try add(isPrefix ? .captionBegins(index) : .captionContains(index), takes: 0, line: line)
      case .field(let row, let name, nil) where row == "before" || row == "after":
        guard let field = schema.fields[name], field.isText else {
          throw ProgramError(line: line, "\"\(name)\" is no text; there are \(schema.names.joined(separator: ", "))")
        }
        try add(
          .observedText(
            isAfter: row == "after", offset: field.offset, count: field.count, literal: index, isPrefix: isPrefix),
          takes: 0, line: line)
      default: throw ProgramError(line: line, "the first argument is caption, or before.FIELD or after.FIELD of a text")
      }
      if number > 0 { try add(.either, takes: 2, line: line) }
    }
    return .truth
  }
}
