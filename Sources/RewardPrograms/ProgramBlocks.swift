/// Turns statements and `if` blocks into statements alone. Every statement of a block becomes a choice:
///
///     if kill:                    #1 = kill
///       reward += 0.5      ->     reward = reward + 0.5 if #1 else reward
///     elif item:                  #2 = not #1 and item
///       reward += 0.1             reward = reward + 0.1 if #2 else reward
///
/// Branches that all set one name become one chain of choices instead. `#1` is a name that no program can write. In a block `reward` begins with 0. Another name that a block sets first
/// has a value afterwards only if every branch sets it.
struct ProgramBlocks {
  private var statements: [ProgramStatement] = []
  /// Names with a value.
  private var defined: Set<String> = []
  /// Names that some branches set and others do not.
  private var unsure: Set<String> = []
  /// Names whose value is the number 0, which a first line may set to begin with.
  private var zeros: Set<String> = []
  private var conditions = 0

  /// - Throws: `ProgramError` that names the line.
  static func flatten(_ nodes: [ProgramNode]) throws(ProgramError) -> [ProgramStatement] {
    var blocks = ProgramBlocks()
    guard let last = nodes.last else { throw ProgramError("the program is empty; its last line is reward = ...") }
    guard last.sets("reward") else {
      throw ProgramError(line: last.lastLine, "the last line must be reward = ...")
    }
    _ = try blocks.add(nodes, under: nil)
    return blocks.statements
  }

  private init() {}

  /// - Parameter condition: the name of the condition under which the nodes count; nil for always.
  /// - Returns: the names that the nodes set in every case.
  private mutating func add(_ nodes: [ProgramNode], under condition: String?) throws(ProgramError) -> Set<String> {
    var set: Set<String> = []
    for node in nodes {
      switch node {
      case .assignment(let assignment):
        try add(assignment, under: condition)
        set.insert(assignment.name)
      case .branches(let branches): set.formUnion(try add(branches, under: condition))
      }
    }
    return set
  }

  private mutating func add(_ node: ProgramAssignment, under condition: String?) throws(ProgramError) {
    try checkNames(in: node.value)
    let (name, line) = (node.name, node.line)
    if condition != nil, name == "reward" { beginReward(line) }
    let isDefined = defined.contains(name)
    let earlier = ProgramExpression(kind: isDefined ? .name(name) : .number(0), line: line)
    var value = node.value
    if let sign = node.sign {
      guard isDefined else {
        throw ProgramError(line: line, "there is no value \"\(name)\" to add to; begin with \(name) = 0")
      }
      value = ProgramExpression(kind: .binary(sign, earlier, value), line: line)
    }
    if let condition {
      let isMet = ProgramExpression(kind: .name(condition), line: line)
      value = ProgramExpression(kind: .choice(condition: isMet, first: value, second: earlier), line: line)
    } else if isDefined, node.sign == nil, !zeros.contains(name), !node.value.mentions(name) {
      throw ProgramError(line: line, "\"\(name)\" has a value already")
    }
    if condition == nil, node.sign == nil, case .number(0) = node.value.kind {
      zeros.insert(name)
    } else {
      zeros.remove(name)
    }
    statements.append(ProgramStatement(name: name, value: value, line: line, isRepeated: isDefined))
    defined.insert(name)
    unsure.remove(name)
  }

  private mutating func add(
    _ branches: [ProgramBranch], under condition: String?
  ) throws(ProgramError) -> Set<String> {
    for branch in branches {
      guard let asked = branch.condition else { continue }
      try checkNames(in: asked)
      guard asked.readsStep else {
        throw ProgramError(line: branch.line, "the condition is the same in every step")
      }
    }
    if let choice = try choice(of: branches) {
      try add(choice, under: condition)
      return [choice.name]
    }
    let before = defined
    var always: Set<String>?
    // The name of "no branch so far".
    var rest = condition
    for branch in branches {
      let line = branch.line
      var own = rest
      if let asked = branch.condition {
        own = define(asked, and: rest, line)
        let isNot = ProgramExpression(
          kind: .unary(.not, ProgramExpression(kind: .name(own ?? ""), line: line)), line: line)
        rest = define(isNot, and: rest, line)
      }
      let set = try add(branch.body, under: own)
      always = always?.intersection(set) ?? set
    }
    let isComplete = branches.last?.condition == nil
    let sure = isComplete ? always ?? [] : []
    for name in defined.subtracting(before).subtracting(sure) where name != "reward" {
      defined.remove(name)
      unsure.insert(name)
    }
    return sure
  }

  /// The short form of branches that all set one name: a chain of choices, which takes a third of the operations.
  /// - Returns: nil if the branches do something else.
  private mutating func choice(of branches: [ProgramBranch]) throws(ProgramError) -> ProgramAssignment? {
    var assignments: [ProgramAssignment] = []
    for branch in branches {
      guard branch.body.count == 1, case .assignment(let own) = branch.body[0] else { return nil }
      assignments.append(own)
    }
    guard let first = assignments.first, assignments.allSatisfy({ $0.name == first.name }) else { return nil }
    let (name, line) = (first.name, first.line)
    let isComplete = branches.last?.condition == nil
    guard defined.contains(name) || name == "reward" || isComplete else { return nil }
    if name == "reward" { beginReward(line) }
    let earlier = ProgramExpression(kind: defined.contains(name) ? .name(name) : .number(0), line: line)
    var value = earlier
    for (branch, assignment) in zip(branches, assignments).reversed() {
      var own = assignment.value
      try checkNames(in: own)
      if let sign = assignment.sign {
        guard defined.contains(name) else { return nil }
        own = ProgramExpression(kind: .binary(sign, earlier, own), line: assignment.line)
      }
      guard let asked = branch.condition else {
        value = own
        continue
      }
      value = ProgramExpression(kind: .choice(condition: asked, first: own, second: value), line: branch.line)
    }
    // The choice replaces the value that the name has.
    zeros.insert(name)
    return ProgramAssignment(name: name, sign: nil, value: value, line: line)
  }

  /// Gives `reward` the value 0 if it has none.
  private mutating func beginReward(_ line: Int) {
    guard !defined.contains("reward") else { return }
    let zero = ProgramExpression(kind: .number(0), line: line)
    statements.append(ProgramStatement(name: "reward", value: zero, line: line, isRepeated: false))
    defined.insert("reward")
  }

  /// A statement that gives a new hidden name the value of a condition.
  private mutating func define(_ condition: ProgramExpression, and other: String?, _ line: Int) -> String {
    conditions += 1
    let name = "#\(conditions)"
    var value = condition
    if let other {
      value = ProgramExpression(
        kind: .binary(.and, ProgramExpression(kind: .name(other), line: line), condition), line: line)
    }
    statements.append(ProgramStatement(name: name, value: value, line: line, isRepeated: false))
    return name
  }

  private func checkNames(in expression: ProgramExpression) throws(ProgramError) {
    guard let name = unsure.first(where: { expression.mentions($0) }) else { return }
    throw ProgramError(
      line: expression.line, "\"\(name)\" has a value in some branches only; set it before the if, or in every branch")
  }
}

extension ProgramNode {
  /// Whether the node sets a name in one case at least.
  func sets(_ name: String) -> Bool {
    switch self {
    case .assignment(let assignment): assignment.name == name
    case .branches(let branches): branches.contains { $0.body.contains { $0.sets(name) } }
    }
  }

  var lastLine: Int {
    switch self {
    case .assignment(let assignment): assignment.line
    case .branches(let branches): branches.last?.body.last?.lastLine ?? branches.last?.line ?? 1
    }
  }
}

extension ProgramExpression {
  private var parts: [ProgramExpression] {
    switch kind {
    case .number, .text, .truth, .name, .field: []
    case .call(_, let arguments): arguments
    case .unary(_, let value): [value]
    case .binary(_, let left, let right): [left, right]
    case .choice(let condition, let first, let second): [condition, first, second]
    }
  }

  /// Whether the expression reads the value of a name.
  func mentions(_ name: String) -> Bool {
    if case .name(name) = kind { return true }
    return parts.contains { $0.mentions(name) }
  }

  /// Whether the value can differ between steps: it reads a name, an observation or the caption.
  var readsStep: Bool {
    switch kind {
    case .name, .field: true
    case .call("met", _): true
    default: parts.contains { $0.readsStep }
    }
  }
}
