/// How the floats of one row of a product's left side lie from where the row begins: `count` runs of `length` floats,
/// `stride` floats apart. A row of a matrix is one run; a convolution's window is one run for each line of the kernel.
public struct RowSegments: Sendable, Hashable {
  public var count: Int
  public var length: Int
  public var stride: Int

  public init(count: Int, length: Int, stride: Int) {
    self.count = count
    self.length = length
    self.stride = stride
  }

  /// One run of `length` floats.
  public init(length: Int) { self.init(count: 1, length: length, stride: length) }

  /// Floats of a row.
  public var total: Int { count * length }
}
