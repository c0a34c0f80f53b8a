/// Why a text is not a reward program.
public struct ProgramError: Error, Sendable, Hashable, CustomStringConvertible {
  /// From 1; 0 if the whole program is meant.
  public let line: Int
  public let message: String

  public init(line: Int = 0, _ message: String) {
    self.line = line
    self.message = message
  }

  public var description: String { line > 0 ? "line \(line): \(message)" : message }
}

/// Bounds of a program. They bound the work of a step as well, because a program has no loops.
public enum ProgramLimits {
  /// Bytes of the text.
  public static let bytes = 4096
  /// Operations of a step.
  public static let operations = 256
  /// Brackets, calls and operators inside each other.
  public static let depth = 24
  /// Bytes of a text in quotes.
  static let literalBytes = 120
  /// Different texts in quotes; each caption has a bit for each.
  static let literals = 32
  /// Arguments of a call.
  static let arguments = 16
  /// Largest magnitude of a reward; larger ones are cut.
  public static let reward: Float = 1
}

/// A statement: a name for a value, or the reward itself.
struct ProgramStatement {
  let name: String
  let value: ProgramExpression
  let line: Int
  /// Whether the name has a value already, which this one replaces for the lines that follow.
  let isRepeated: Bool
}

/// A line of a program, or an `if` with its blocks.
indirect enum ProgramNode {
  case assignment(ProgramAssignment)
  /// `if`, then any number of `elif`, then perhaps `else`.
  case branches([ProgramBranch])
}

/// `name = value`, or `name += value` with a sign.
struct ProgramAssignment {
  let name: String
  let sign: ProgramOperator?
  let value: ProgramExpression
  let line: Int
}

/// A condition, nil for `else`, and the lines that count if it holds.
struct ProgramBranch {
  let condition: ProgramExpression?
  let body: [ProgramNode]
  let line: Int
}

/// An expression with the line that it begins in.
struct ProgramExpression {
  indirect enum Kind {
    case number(Float)
    case text([UInt8])
    case truth(Bool)
    case name(String)
    /// `before.NAME[index]` or `after.NAME[index]`; index nil without brackets.
    case field(row: String, name: String, index: Int?)
    case call(String, [ProgramExpression])
    case unary(ProgramOperator, ProgramExpression)
    case binary(ProgramOperator, ProgramExpression, ProgramExpression)
    /// `first if condition else second`
    case choice(condition: ProgramExpression, first: ProgramExpression, second: ProgramExpression)
  }

  let kind: Kind
  let line: Int
}

/// An operator, by its spelling.
enum ProgramOperator: String, CaseIterable {
  case or, and, not
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case equal = "=="
  case unequal = "!="
  case plus = "+"
  case minus = "-"
  case times = "*"
  case divided = "/"
}
