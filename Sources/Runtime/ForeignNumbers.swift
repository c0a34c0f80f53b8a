// Conversions for numbers that another process, a file or a server wrote. Swift's own `Int(x)` and `+` end the process for
// a number that does not fit, so they must not receive a number that arrived unchecked. For integers the standard library
// has `Int(clamping:)` and `Int(exactly:)`; this file adds the conversions that it lacks.

extension FixedWidthInteger {
  /// The nearest integer of this type: 0 for NaN, the smallest or largest for a number beyond them. The fraction is cut.
  public init(saturating value: Double) {
    if let exact = Self(exactly: value.rounded(.towardZero)) {
      self = exact
    } else {
      self = value.isNaN ? 0 : value < 0 ? .min : .max
    }
  }

  /// The sum, or the smallest or largest integer if the sum does not fit.
  public func addingSaturated(_ other: Self) -> Self {
    let (sum, overflow) = addingReportingOverflow(other)
    guard overflow else { return sum }
    return other < 0 ? .min : .max
  }

  /// The integer that `number` is, if it lies in `range`.
  /// - Throws: `ForeignNumberError` naming `name` and the number.
  public init(checked number: some BinaryInteger, in range: ClosedRange<Self>, _ name: @autoclosure () -> String)
    throws(ForeignNumberError)
  {
    guard let value = Self(exactly: number), range.contains(value) else {
      throw ForeignNumberError("\(name()) is \(number), not from \(range.lowerBound) to \(range.upperBound)")
    }
    self = value
  }
}

/// The bounds of counters that files hold: the numbers up to which a Float64, and with it every JSON reader, tells
/// integers apart. Counters below it can be added and incremented without overflow.
public let plausibleCount = 0...(1 << 53)

/// A value that is read from a file and whose numbers its type does not bound.
public protocol ForeignNumbers {
  /// Checks the numbers. Call it once, before the value is used.
  /// - Throws: `ForeignNumberError` naming the first number that would end the process later.
  func checkNumbers() throws(ForeignNumberError)
}

/// A number that arrived lies outside its range.
public struct ForeignNumberError: Error, CustomStringConvertible, Sendable, Hashable {
  /// The number's name, its value and its range.
  public let description: String

  public init(_ description: String) { self.description = description }
}
