import Runtime
import Tensor

/// A table of vectors, one for each category.
///
/// Indices come from an environment and are not trusted: an index outside 0 ..< cardinality uses the last row.
public struct Embedding: Sendable {
  public let cardinality: Int
  public let size: Int
  /// [cardinality, size]
  public let table: ParameterSlice

  public init(_ name: String, cardinality: Int, size: Int, in layout: inout ParameterLayout) {
    self.cardinality = cardinality
    self.size = size
    table = layout.add("\(name).table", [cardinality, size], initial: .gaussian())
  }

  /// y [count, size] = the rows of the table at `indices` [count], integers of `type`.
  public func forward(
    _ indices: UnsafeRawPointer, type: ScalarType, count: Int, into y: UnsafeMutablePointer<Float>,
    parameters: UnsafePointer<Float>
  ) {
    let rows = parameters + table.offset
    forEachRow(indices, type: type, count: count) { position, row in
      Rows.copy(rows + row * size, to: y + position * size, count: size)
    }
  }

  /// Adds d loss / d table to `gradients`, in the order of the indices. outputGradients [count, size].
  public func backward(
    _ indices: UnsafeRawPointer, type: ScalarType, count: Int, outputGradients: UnsafePointer<Float>,
    gradients: UnsafeMutablePointer<Float>
  ) {
    let rows = gradients + table.offset
    forEachRow(indices, type: type, count: count) { position, row in
      Rows.add(outputGradients + position * size, to: rows + row * size, count: size)
    }
  }

  @inline(__always)
  private func forEachRow(
    _ indices: UnsafeRawPointer, type: ScalarType, count: Int, _ body: (_ position: Int, _ row: Int) -> Void
  ) {
    switch type {
    case .uint8: forEachRow(indices.assumingMemoryBound(to: UInt8.self), count, body)
    case .int8: forEachRow(indices.assumingMemoryBound(to: Int8.self), count, body)
    case .int16: forEachRow(indices.assumingMemoryBound(to: Int16.self), count, body)
    case .int32: forEachRow(indices.assumingMemoryBound(to: Int32.self), count, body)
    case .int64: forEachRow(indices.assumingMemoryBound(to: Int64.self), count, body)
    case .float32: preconditionFailure("categories are integers")
    }
  }

  @inline(__always)
  private func forEachRow<Index: FixedWidthInteger>(
    _ indices: UnsafePointer<Index>, _ count: Int, _ body: (_ position: Int, _ row: Int) -> Void
  ) {
    for position in 0..<count {
      let index = Int(truncatingIfNeeded: indices[position])
      // Read as an unsigned number, a negative index is too large.
      body(position, UInt(bitPattern: index) < UInt(bitPattern: cardinality) ? index : cardinality - 1)
    }
  }
}

/// The mean of the vectors of a text's words and of its pairs of neighbouring words, which it finds in a hash table.
///
/// A word is a run of ASCII letters, digits and bytes above 127; letters are lower-cased. Words and pairs (joined by
/// one space) are hashed with 32-bit FNV-1a and folded to a row of the table; collisions share a row (Weinberger et al.
/// 2009). A text without words gives the zero vector.
public struct TextEmbedding: Sendable {
  public static let tableRows = 4096

  public let size: Int
  /// [tableRows, size]
  public let table: ParameterSlice

  public init(_ name: String, size: Int, in layout: inout ParameterLayout) {
    self.size = size
    table = layout.add("\(name).table", [Self.tableRows, size], initial: .gaussian())
  }

  /// The largest number of rows of a text of `byteCount` bytes: half as many words as bytes, and the pairs between them.
  public static func maximumRows(byteCount: Int) -> Int { max(byteCount, 1) }

  /// Writes the table rows of a text that ends at its first zero byte or after `capacity` bytes.
  /// - Parameter rows: room for `maximumRows(byteCount: capacity)`.
  /// - Returns: the number of rows written; rows may repeat.
  public static func hash(
    _ text: UnsafePointer<UInt8>, capacity: Int, into rows: UnsafeMutablePointer<UInt16>
  ) -> Int {
    var count = 0
    var hasPrevious = false
    var isInWord = false
    var previous = FNV32()
    var word = FNV32()
    var pair = FNV32()
    for position in 0...capacity {
      // One step past the end closes the last word.
      let byte = position < capacity ? text[position] : 0
      if let letter = letter(byte) {
        if !isInWord {
          isInWord = true
          word = FNV32()
          pair = previous
          pair.add(UInt8(ascii: " "))
        }
        word.add(letter)
        pair.add(letter)
      } else if isInWord {
        isInWord = false
        rows[count] = row(word)
        count += 1
        if hasPrevious {
          rows[count] = row(pair)
          count += 1
        }
        hasPrevious = true
        previous = word
      }
      if byte == 0 { break }
    }
    return count
  }

  /// y [size] = the mean of the table's `rows` [count]; zero if there are none.
  public func forward(
    _ rows: UnsafePointer<UInt16>, count: Int, into y: UnsafeMutablePointer<Float>, parameters: UnsafePointer<Float>
  ) {
    y.update(repeating: 0, count: size)
    guard count > 0 else { return }
    let vectors = parameters + table.offset
    for i in 0..<count { Rows.add(vectors + Int(rows[i]) * size, to: y, count: size) }
    Elementwise.multiply(y, by: 1 / Float(count), count: size)
  }

  /// Adds d loss / d table to `gradients`. Overwrites outputGradients [size].
  public func backward(
    _ rows: UnsafePointer<UInt16>, count: Int, outputGradients: UnsafeMutablePointer<Float>,
    gradients: UnsafeMutablePointer<Float>
  ) {
    guard count > 0 else { return }
    Elementwise.multiply(outputGradients, by: 1 / Float(count), count: size)
    let vectors = gradients + table.offset
    for i in 0..<count { Rows.add(outputGradients, to: vectors + Int(rows[i]) * size, count: size) }
  }

  /// The table row of a hash.
  @inline(__always)
  private static func row(_ hash: FNV32) -> UInt16 { UInt16(truncatingIfNeeded: hash.folded & UInt32(tableRows - 1)) }

  /// The byte in lower case, or nil if it separates words.
  @inline(__always)
  private static func letter(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), 128...: byte
    default: nil
    }
  }
}
