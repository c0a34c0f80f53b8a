/// A view of floats somebody else owns: the rows [symbolCount, tapCount, channels] that `GatherConvolution` sums.
/// Valid as long as its owner lives.
public struct GatherTable {
  public let pointer: UnsafePointer<Float>
  public let symbolCount: Int
  /// A multiple of 8.
  public let channels: Int

  public init(_ pointer: UnsafePointer<Float>, symbolCount: Int, channels: Int) {
    precondition(symbolCount > 0, "a table needs a symbol")
    precondition(channels % 8 == 0, "\(channels) channels are not a multiple of 8")
    self.pointer = pointer
    self.symbolCount = symbolCount
    self.channels = channels
  }
}
