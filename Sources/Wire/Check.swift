/// The checks that several messages share. Each names the field that it refuses; the name is built only on failure.
enum Check {
  static func atMost(_ limit: Int, _ value: Int, _ field: @autoclosure () -> String) throws(WireError) {
    if value > limit { throw .beyondLimit(field: field(), value: value, limit: limit) }
  }

  static func positive(_ value: Int, _ field: @autoclosure () -> String) throws(WireError) {
    if value <= 0 { throw .invalid(field: field(), reason: "\(value) is not positive") }
  }

  static func notZero(_ value: UInt64, _ field: @autoclosure () -> String) throws(WireError) {
    if value == 0 { throw .invalid(field: field(), reason: "is missing") }
  }

  /// NaN is outside every range.
  static func within<Number: Comparable>(
    _ range: ClosedRange<Number>, _ value: Number, _ field: @autoclosure () -> String
  ) throws(WireError) {
    if !range.contains(value) {
      throw .invalid(field: field(), reason: "\(value) is not from \(range.lowerBound) to \(range.upperBound)")
    }
  }

  static func positive(_ value: Double, atMost limit: Double, _ field: @autoclosure () -> String) throws(WireError) {
    if !(value > 0 && value <= limit) {
      throw .invalid(field: field(), reason: "\(value) is not above 0 and at most \(limit)")
    }
  }

  /// Two parallel arrays.
  static func sameCount(
    _ count: Int, as expected: Int, _ field: @autoclosure () -> String, _ other: @autoclosure () -> String
  ) throws(WireError) {
    if count != expected { throw .invalid(field: field(), reason: "\(count) entries, but \(expected) in \(other())") }
  }

  /// A text that may have several lines.
  static func text(_ text: String, maximumBytes: Int, _ field: @autoclosure () -> String) throws(WireError) {
    try atMost(maximumBytes, text.utf8.count, field())
    if text.utf8.contains(0) { throw .invalid(field: field(), reason: "holds a NUL") }
  }

  /// A text that becomes part of log lines.
  static func line(_ text: String, maximumBytes: Int, _ field: @autoclosure () -> String) throws(WireError) {
    try atMost(maximumBytes, text.utf8.count, field())
    if text.unicodeScalars.contains(where: isControl) {
      throw .invalid(field: field(), reason: "holds a control character")
    }
  }

  /// Caption texts: any bytes, at least one.
  static func captions(_ captions: [[UInt8]], _ limits: WireLimits, _ field: @autoclosure () -> String)
    throws(WireError)
  {
    for (index, caption) in captions.enumerated() {
      let count = caption.count
      if count == 0 { throw .invalid(field: "\(field())[\(index)]", reason: "is empty") }
      if count > limits.maximumCaptionBytes {
        throw .beyondLimit(field: "\(field())[\(index)]", value: count, limit: limits.maximumCaptionBytes)
      }
    }
  }

  /// The second captions of pairs: none, or one for each of `ids` that differs from it.
  static func partners(
    _ partners: [UInt32], of ids: [UInt32], _ field: @autoclosure () -> String
  ) throws(WireError) {
    if partners.isEmpty { return }
    try sameCount(partners.count, as: ids.count, field(), "ids")
    for (index, pair) in zip(partners, ids).enumerated() where pair.0 == 0 || pair.0 == pair.1 {
      throw .invalid(field: "\(field())[\(index)]", reason: "\(pair.0) cannot be compared with \(pair.1)")
    }
  }

  /// `text` as `line` accepts it: control characters become "?", and the end is cut.
  static func fitted(_ text: String, maximumBytes: Int) -> String {
    var result = ""
    var count = 0
    for scalar in text.unicodeScalars {
      let kept = isControl(scalar) ? "?" : scalar
      count += UTF8.width(kept)
      if count > maximumBytes { break }
      result.unicodeScalars.append(kept)
    }
    return result
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
  }
}
