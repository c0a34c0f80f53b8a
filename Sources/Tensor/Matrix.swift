/// A view of floats that another object owns, read as a row-major matrix. Valid as long as the owner lives.
public struct Matrix {
  public let pointer: UnsafePointer<Float>
  /// Rows and columns as stored; a transposed view is multiplied as [columns, rows].
  public let rows: Int
  public let columns: Int
  /// Number of floats from one stored row to the next, at least `columns`.
  public let stride: Int
  public let isTransposed: Bool

  public init(
    _ pointer: UnsafePointer<Float>, rows: Int, columns: Int, stride: Int? = nil, isTransposed: Bool = false
  ) {
    self.pointer = pointer
    self.rows = rows
    self.columns = columns
    self.stride = stride ?? columns
    self.isTransposed = isTransposed
  }

  /// The same memory as the transposed matrix. Copies nothing.
  public var transposed: Matrix {
    Matrix(pointer, rows: rows, columns: columns, stride: stride, isTransposed: !isTransposed)
  }

  @inlinable public func row(_ index: Int) -> UnsafePointer<Float> { pointer + index * stride }
}

/// A view of floats that another object owns, written as a row-major matrix. Valid as long as the owner lives.
public struct MutableMatrix {
  public let pointer: UnsafeMutablePointer<Float>
  public let rows: Int
  public let columns: Int
  /// Number of floats from one row to the next, at least `columns`.
  public let stride: Int

  public init(_ pointer: UnsafeMutablePointer<Float>, rows: Int, columns: Int, stride: Int? = nil) {
    self.pointer = pointer
    self.rows = rows
    self.columns = columns
    self.stride = stride ?? columns
  }

  /// The same memory for reading.
  public var view: Matrix { Matrix(pointer, rows: rows, columns: columns, stride: stride) }

  @inlinable public func row(_ index: Int) -> UnsafeMutablePointer<Float> { pointer + index * stride }

  /// The rows of `range`.
  public func rows(_ range: Range<Int>) -> MutableMatrix {
    MutableMatrix(row(range.lowerBound), rows: range.count, columns: columns, stride: stride)
  }

  /// The columns `range` of all rows.
  public func columns(_ range: Range<Int>) -> MutableMatrix {
    MutableMatrix(pointer + range.lowerBound, rows: rows, columns: range.count, stride: stride)
  }
}

extension Matrix {
  /// The rows of `range`; not for transposed views.
  public func rows(_ range: Range<Int>) -> Matrix {
    Matrix(row(range.lowerBound), rows: range.count, columns: columns, stride: stride)
  }

  /// The columns `range` of all rows.
  public func columns(_ range: Range<Int>) -> Matrix {
    Matrix(pointer + range.lowerBound, rows: rows, columns: range.count, stride: stride, isTransposed: isTransposed)
  }
}
