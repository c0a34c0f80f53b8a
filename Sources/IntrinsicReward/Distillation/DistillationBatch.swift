import Tensor

/// The observations of an unroll as numbers, each with the output of the target network.
final class DistillationBatch {
  private let reader: ObservationReader
  private let width: Int
  private let chunk: Int
  /// [rows, numbers of an observation] and [rows, width], with as many rows as the longest unroll so far.
  private var numbers = FloatBuffer(count: 0)
  private var outputs = FloatBuffer(count: 0)
  /// Number of rows.
  private(set) var count = 0

  /// - Parameters:
  ///   - width: number of outputs of the target network.
  ///   - chunk: number of rows that are computed together.
  init(reader: ObservationReader, width: Int, chunk: Int) {
    self.reader = reader
    self.width = width
    self.chunk = chunk
  }

  /// [count, numbers of an observation] standardised observations.
  var observations: MutableMatrix { MutableMatrix(numbers.pointer, rows: count, columns: reader.count) }
  /// [count, width] outputs of the target network.
  var targets: MutableMatrix { MutableMatrix(outputs.pointer, rows: count, columns: width) }
  /// The ranges of rows that are computed together.
  var chunks: [Range<Int>] { stride(from: 0, to: count, by: chunk).map { $0..<min($0 + chunk, count) } }

  /// Reads rows of observation bytes.
  func read(_ rows: [UnsafeRawPointer]) {
    count = rows.count
    if numbers.count < count * reader.count {
      numbers = FloatBuffer(count: count * reader.count)
      outputs = FloatBuffer(count: count * width)
    }
    for (place, row) in rows.enumerated() { reader.read(row, into: observations.row(place)) }
  }

  /// Keeps only the rows for which `isDrawn` returns true, with their targets, in their order.
  func keep(_ isDrawn: () -> Bool) {
    var kept = 0
    for row in 0..<count where isDrawn() {
      if row != kept {
        observations.row(kept).update(from: observations.row(row), count: reader.count)
        targets.row(kept).update(from: targets.row(row), count: width)
      }
      kept += 1
    }
    count = kept
  }
}

/// Reads rows of observation bytes as floats.
public struct ObservationReader: Sendable, Hashable {
  /// Consecutive elements of one type in a row.
  public struct Field: Sendable, Hashable {
    /// Offset of the first element, in bytes.
    public var offset: Int
    public var count: Int
    public var type: ScalarType

    public init(offset: Int, count: Int, type: ScalarType) {
      self.offset = offset
      self.count = count
      self.type = type
    }
  }

  public let fields: [Field]
  /// Number of floats of a row.
  public let count: Int

  public init(_ fields: [Field]) {
    self.fields = fields
    count = fields.reduce(0) { $0 + $1.count }
  }

  /// Writes the floats of a row, [count]. Rows need not be aligned.
  func read(_ row: UnsafeRawPointer, into numbers: UnsafeMutablePointer<Float>) {
    var numbers = numbers
    for field in fields {
      let first = row + field.offset
      switch field.type {
      case .uint8: copy(UInt8.self, first, field.count, numbers)
      case .int8: copy(Int8.self, first, field.count, numbers)
      case .int16: copy(Int16.self, first, field.count, numbers)
      case .int32: copy(Int32.self, first, field.count, numbers)
      case .int64: copy(Int64.self, first, field.count, numbers)
      case .float32:
        for i in 0..<field.count { numbers[i] = first.loadUnaligned(fromByteOffset: 4 * i, as: Float.self) }
      }
      numbers += field.count
    }
  }

  private func copy<Number: FixedWidthInteger & BitwiseCopyable>(
    _ type: Number.Type, _ first: UnsafeRawPointer, _ count: Int, _ numbers: UnsafeMutablePointer<Float>
  ) {
    let size = MemoryLayout<Number>.size
    for i in 0..<count { numbers[i] = Float(first.loadUnaligned(fromByteOffset: size * i, as: Number.self)) }
  }
}
