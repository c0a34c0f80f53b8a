import Tensor

/// Reads rows of observation bytes as numbers, whatever their types.
public struct ObservationReader: Sendable, Hashable {
  /// Elements of one type that lie one after the other in a row.
  public struct Field: Sendable, Hashable {
    /// Of the first element, in bytes.
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
  /// Numbers of a row.
  public let count: Int

  public init(_ fields: [Field]) {
    self.fields = fields
    count = fields.reduce(0) { $0 + $1.count }
  }

  /// Writes the numbers of a row, [count]. Rows need not be aligned.
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
