import Glibc
import Tensor

/// A compiled expression: operations on a stack of numbers, without jumps, so that a step costs as many operations as the
/// program has. Truths are 1 and 0.
struct ProgramCode: Sendable {
  enum Operation: Sendable, Equatable {
    case constant(Float)
    /// A number of the observation before or after the step.
    case element(isAfter: Bool, offset: Int, type: ScalarType)
    /// Whether a text of the observation contains (or begins with) literal `literal`.
    case observedText(isAfter: Bool, offset: Int, count: Int, literal: Int, isPrefix: Bool)
    /// Whether the caption contains, or begins with, literal `literal`.
    case captionContains(Int)
    case captionBegins(Int)
    /// The first number in the caption.
    case captionNumber
    /// Steps of the episode so far, this one included, whose caption contains literal `literal`.
    case met(Int)
    case occurrences, extrinsic, ended, won
    /// The value of an earlier statement.
    case load(Int)
    case negate, not, absolute, root, floor, logarithm, exponential
    case add, subtract, multiply, divide, least, greatest
    case isLess, isLessOrEqual, isEqual, both, either
    /// condition, first, second: the first if the condition is true.
    case select
  }

  /// What one step brings, besides the observations.
  struct Step {
    var before: UnsafeRawPointer
    var after: UnsafeRawPointer
    var occurrences: Float
    var extrinsic: Float
    var ended: Bool
    var won: Bool
    /// Bit k: the caption contains (begins with) literal k.
    var contains: UInt64
    var begins: UInt64
    var number: Float
  }

  var operations: [Operation] = []
  /// Places of the stack that evaluation needs.
  var stackSize = 0

  /// The value of a step.
  /// - Parameters:
  ///   - values: those of the earlier statements.
  ///   - met: counts of the literals, in the order of the program's.
  ///   - stack: at least `stackSize` places.
  func evaluate(
    _ step: Step, values: UnsafePointer<Float>, met: (Int) -> Float, literals: [[UInt8]],
    stack: UnsafeMutablePointer<Float>
  ) -> Float {
    var top = stack
    for operation in operations {
      switch operation {
      case .constant(let number): Self.push(number, &top)
      case .element(let isAfter, let offset, let type):
        Self.push(Self.number((isAfter ? step.after : step.before) + offset, type), &top)
      case .observedText(let isAfter, let offset, let count, let literal, let isPrefix):
        let text = UnsafeRawBufferPointer(start: (isAfter ? step.after : step.before) + offset, count: count)
        Self.push(ProgramText.contains(text, literals[literal], isPrefix: isPrefix) ? 1 : 0, &top)
      case .captionContains(let literal): Self.push(step.contains >> literal & 1 == 1 ? 1 : 0, &top)
      case .captionBegins(let literal): Self.push(step.begins >> literal & 1 == 1 ? 1 : 0, &top)
      case .captionNumber: Self.push(step.number, &top)
      case .met(let literal): Self.push(met(literal), &top)
      case .occurrences: Self.push(step.occurrences, &top)
      case .extrinsic: Self.push(step.extrinsic, &top)
      case .ended: Self.push(step.ended ? 1 : 0, &top)
      case .won: Self.push(step.won ? 1 : 0, &top)
      case .load(let index): Self.push(values[index], &top)
      case .select:
        let (condition, first, second) = (top[-3], top[-2], top[-1])
        top -= 2
        top[-1] = condition != 0 ? first : second
      case .negate, .not, .absolute, .root, .floor, .logarithm, .exponential: top[-1] = Self.unary(operation, top[-1])
      default:
        top -= 1
        top[-1] = Self.binary(operation, top[-1], top[0])
      }
    }
    return top > stack ? top[-1] : .nan
  }

  @inline(__always)
  private static func push(_ value: Float, _ top: inout UnsafeMutablePointer<Float>) {
    top[0] = value
    top += 1
  }

  /// A root of a negative number and a logarithm of what is not positive are NaN.
  private static func unary(_ operation: Operation, _ x: Float) -> Float {
    switch operation {
    case .negate: -x
    case .not: x == 0 ? 1 : 0
    case .absolute: abs(x)
    case .root: x.squareRoot()
    case .floor: floorf(x)
    case .exponential: expf(x)
    default: x > 0 ? logf(x) : .nan
    }
  }

  /// A division by zero is NaN.
  private static func binary(_ operation: Operation, _ x: Float, _ y: Float) -> Float {
    switch operation {
    case .add: x + y
    case .subtract: x - y
    case .multiply: x * y
    case .divide: y == 0 ? .nan : x / y
    case .least: y < x || y.isNaN ? y : x
    case .greatest: y > x || y.isNaN ? y : x
    case .isLess: x < y ? 1 : 0
    case .isLessOrEqual: x <= y ? 1 : 0
    case .isEqual: x == y ? 1 : 0
    case .both: x != 0 && y != 0 ? 1 : 0
    default: x != 0 || y != 0 ? 1 : 0
    }
  }

  private static func number(_ place: UnsafeRawPointer, _ type: ScalarType) -> Float {
    switch type {
    case .uint8: Float(place.loadUnaligned(as: UInt8.self))
    case .int8: Float(place.loadUnaligned(as: Int8.self))
    case .int16: Float(place.loadUnaligned(as: Int16.self))
    case .int32: Float(place.loadUnaligned(as: Int32.self))
    case .int64: Float(place.loadUnaligned(as: Int64.self))
    case .float32: place.loadUnaligned(as: Float.self)
    }
  }
}

/// Comparisons of texts. Upper and lower case of ASCII letters are the same.
enum ProgramText {
  static func contains(_ text: some RandomAccessCollection<UInt8>, _ literal: [UInt8], isPrefix: Bool) -> Bool {
    let text = text.prefix { $0 != 0 }
    guard !literal.isEmpty, text.count >= literal.count else { return false }
    var start = text.startIndex
    for _ in 0...(isPrefix ? 0 : text.count - literal.count) {
      if zip(text[start...], literal).allSatisfy({ lower($0) == lower($1) }) { return true }
      start = text.index(after: start)
    }
    return false
  }

  private static func lower(_ byte: UInt8) -> UInt8 { byte >= 65 && byte <= 90 ? byte + 32 : byte }

  /// The first decimal number in a text, at most 1e9; 0 if there is none.
  static func number(_ text: some Sequence<UInt8>) -> Float {
    var value: Float?
    for byte in text {
      guard byte >= 48, byte <= 57 else {
        if value != nil { break }
        continue
      }
      value = min((value ?? 0) * 10 + Float(byte - 48), 1e9)
    }
    return value ?? 0
  }
}
