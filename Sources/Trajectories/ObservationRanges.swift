import Tensor

/// What a receiver requires of observation rows that another process wrote, derived from their layout:
///
/// | field | elements |
/// |---|---|
/// | categories, tiles | 0 ..< number of categories |
/// | floats | at most `StepValues.maximumMagnitude` in magnitude, not NaN |
/// | other integers, text | any: encoders clip numbers, and text is bytes |
public struct ObservationRanges: Sendable, Hashable {
  /// An element that a row must not hold.
  struct Breach: Equatable {
    let row: Int
    /// The field's name and the element's index in it, such as "state[2]".
    let element: String
    /// What is wrong with the value, such as "is 7; it must be below 4".
    let problem: String
  }

  /// A field that is checked.
  private struct Rule: Sendable, Hashable {
    let field: ObservationField
    let offset: Int
    /// The largest category; nil for floats.
    let maximum: Int?
  }

  private let rules: [Rule]
  private let rowByteCount: Int

  public init(_ layout: ObservationLayout) {
    rowByteCount = layout.rowByteCount
    rules = zip(layout.fields, layout.offsets).compactMap { field, offset in
      if field.type == .float32 { return Rule(field: field, offset: offset, maximum: nil) }
      guard let categories = field.encoding.categoryCount else { return nil }
      // A byte cannot exceed 255 categories, and then there is nothing to check.
      if field.type == .uint8, categories > UInt8.max { return nil }
      return Rule(field: field, offset: offset, maximum: categories - 1)
    }
  }

  /// The first breach in `rowCount` rows that follow each other; nil if there is none.
  /// - Parameter rows: aligned to 8.
  func firstBreach(_ rows: UnsafeRawPointer, rowCount: Int) -> Breach? {
    for rule in rules {
      for row in 0..<rowCount {
        if let index = Self.firstIndex(rule, rows + row * rowByteCount + rule.offset) {
          return breach(rule, row, index, rows)
        }
      }
    }
    return nil
  }

  /// The first element in `rowCount` rows that follow each other that a row must not hold: its row, and a text such as
  /// "state[2] is nan; at most 1000000 in magnitude is allowed". nil if there is none.
  /// - Parameter rows: aligned to 8.
  public func firstProblem(_ rows: UnsafeRawPointer, rowCount: Int) -> (row: Int, text: String)? {
    firstBreach(rows, rowCount: rowCount).map { ($0.row, "\($0.element) \($0.problem)") }
  }

  /// The index of the first element of one row's field that breaks `rule`.
  @inline(__always)
  private static func firstIndex(_ rule: Rule, _ start: UnsafeRawPointer) -> Int? {
    let count = rule.field.elementCount
    func outside<Element: FixedWidthInteger & BitwiseCopyable>(_ type: Element.Type) -> Int? {
      ElementRange.firstOutside(
        upTo: Element(clamping: rule.maximum ?? 0), start.assumingMemoryBound(to: type), count: count)
    }
    switch rule.field.type {
    case .float32:
      return ElementRange.firstBeyond(
        StepValues.maximumMagnitude, start.assumingMemoryBound(to: Float.self), count: count)
    case .uint8: return outside(UInt8.self)
    case .int8: return outside(Int8.self)
    case .int16: return outside(Int16.self)
    case .int32: return outside(Int32.self)
    case .int64: return outside(Int64.self)
    }
  }

  private func breach(_ rule: Rule, _ row: Int, _ index: Int, _ rows: UnsafeRawPointer) -> Breach {
    let start = rows + row * rowByteCount + rule.offset + index * rule.field.type.byteCount
    let element = rule.field.shape.isEmpty ? rule.field.name : "\(rule.field.name)[\(index)]"
    guard let maximum = rule.maximum else {
      return Breach(
        row: row, element: element, problem: StepValues.problem(start.loadUnaligned(as: Float.self)))
    }
    let value =
      switch rule.field.type {
      case .uint8: Int(start.load(as: UInt8.self))
      case .int8: Int(start.load(as: Int8.self))
      case .int16: Int(start.loadUnaligned(as: Int16.self))
      case .int32, .float32: Int(start.loadUnaligned(as: Int32.self))
      case .int64: Int(start.loadUnaligned(as: Int64.self))
      }
    return Breach(row: row, element: element, problem: "is \(value); it must be from 0 to \(maximum)")
  }
}
