import Tensor

/// Where one array of parameters lies in the flat parameter vector.
public struct ParameterSlice: Sendable, Hashable {
  /// Unique in its layout, parts joined by dots: "policy.weight".
  public let name: String
  /// Row-major.
  public let shape: [Int]
  /// First float in the vector.
  public let offset: Int
  /// Numbers that each unit of its layer reads, where the layer multiplies what it reads; nil for others, as embeddings.
  public let fanIn: Int?

  public var count: Int { shape.reduce(1, *) }

  /// This slice of `parameters` as a matrix: the last dimension is the columns.
  public func matrix(in parameters: UnsafePointer<Float>) -> Matrix {
    let columns = shape.last ?? 1
    return Matrix(parameters + offset, rows: count / max(columns, 1), columns: columns)
  }

  /// This slice of `gradients` as a matrix to write.
  public func matrix(in gradients: UnsafeMutablePointer<Float>) -> MutableMatrix {
    let columns = shape.last ?? 1
    return MutableMatrix(gradients + offset, rows: count / max(columns, 1), columns: columns)
  }
}
