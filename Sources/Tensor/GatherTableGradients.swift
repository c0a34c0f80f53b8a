/// A view of floats somebody else owns: gradients of a `GatherTable` and a mark for every symbol that has some.
///
/// The memory, `count` floats, begins as zero. `GatherConvolution.backward` adds and marks; whoever uses the gradients up
/// clears the marked rows again, so that the rows of absent symbols are never touched. Valid as long as its owner lives.
public struct GatherTableGradients {
  /// [symbolCount, rowSize]
  public let rows: UnsafeMutablePointer<Float>
  /// [symbolCount], not 0 where a row was added to.
  public let marks: UnsafeMutablePointer<Float>
  public let symbolCount: Int
  /// Taps times channels.
  public let rowSize: Int

  public init(_ pointer: UnsafeMutablePointer<Float>, symbolCount: Int, rowSize: Int) {
    rows = pointer
    marks = pointer + symbolCount * rowSize
    self.symbolCount = symbolCount
    self.rowSize = rowSize
  }

  /// Floats the view needs.
  public static func count(symbolCount: Int, rowSize: Int) -> Int { symbolCount * (rowSize + 1) }

  @inlinable public func isMarked(_ symbol: Int) -> Bool { marks[symbol] != 0 }

  @inlinable public func row(_ symbol: Int) -> UnsafeMutablePointer<Float> { rows + symbol * rowSize }

  /// Sets the row of a symbol and its mark to zero.
  public func clear(_ symbol: Int) {
    row(symbol).update(repeating: 0, count: rowSize)
    marks[symbol] = 0
  }
}
