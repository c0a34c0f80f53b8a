/// A picture put together from square tiles of one colour on black: rows x columns cells, each showing a symbol.
///
/// Symbol 0 is a black cell; symbol 1 + mask * colours.count + colour shows a mask in a colour.
public struct Mosaic: Sendable, Hashable {
  public let rows: Int
  public let columns: Int
  /// Pixels along one side of a tile, at most 8.
  public let side: Int
  /// Bit y * side + x is set where the tile is painted.
  public let masks: [UInt64]
  /// Red, green, blue, as the convolution sees them.
  public let colours: [SIMD3<Float>]

  public init(rows: Int, columns: Int, side: Int, masks: [UInt64], colours: [SIMD3<Float>]) {
    precondition((1...8).contains(side), "a tile of \(side) pixels a side does not fit 64 bits")
    self.rows = rows
    self.columns = columns
    self.side = side
    self.masks = masks
    self.colours = colours
  }

  public var cellCount: Int { rows * columns }
  public var symbolCount: Int { 1 + masks.count * colours.count }

  @inlinable public func isPainted(mask: Int, x: Int, y: Int) -> Bool {
    masks[mask] >> UInt64(y * side + x) & 1 != 0
  }
}
