import Runtime
import Tensor

/// A table of vectors, one for each category.
///
/// Indices come from an environment and are not trusted: one outside 0 ..< cardinality reads and trains the last row.
public struct Embedding: Sendable {
  public let cardinality: Int
  public let size: Int
  /// [cardinality, size]
  public let table: ParameterSlice

  public init(_ name: String, cardinality: Int, size: Int, in layout: inout ParameterLayout) {
    self.cardinality = cardinality
    self.size = size
    table = layout.add("\(name).table", [cardinality, size])
  }

  /// Independent Gaussians of deviation 1.
  public func initialise(_ parameters: UnsafeMutablePointer<Float>, generator: inout RandomGenerator) {
    Initialisation.gaussian(parameters + table.offset, count: table.count, deviation: 1, generator: &generator)
  }

  /// y [count, size] = the rows of the table named by `indices` [count], integers of `type`.
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
      // As an unsigned number a negative index is too large.
      body(position, UInt(bitPattern: index) < UInt(bitPattern: cardinality) ? index : cardinality - 1)
    }
  }
}
