/// Which table rows each output of a convolution over symbols is the sum of.
///
/// A grid of cells holds one symbol each, and a table holds one row of channels for each symbol and tap. An output
/// position is the sum of a few (cell, tap) entries: the row of that cell's symbol for that tap.
public struct GatherGeometry: Sendable, Hashable {
  /// One addend of an output position.
  public struct Entry: Sendable, Hashable {
    public let cell: UInt16
    public let tap: UInt16

    public init(cell: Int, tap: Int) {
      self.cell = UInt16(cell)
      self.tap = UInt16(tap)
    }
  }

  public let cellCount: Int
  public let tapCount: Int
  /// The entries of all positions, one position after the other.
  public let entries: [Entry]
  /// Where the entries of each position begin, and the end of the last: `positionCount + 1` numbers.
  public let starts: [Int32]

  public var positionCount: Int { starts.count - 1 }

  /// - Parameter positions: the entries of each position; cells and taps below their counts.
  public init(cellCount: Int, tapCount: Int, positions: [[Entry]]) {
    self.cellCount = cellCount
    self.tapCount = tapCount
    entries = positions.flatMap { $0 }
    var next: Int32 = 0
    starts =
      [0]
      + positions.map {
        next += Int32($0.count)
        return next
      }
    precondition(
      entries.allSatisfy { Int($0.cell) < cellCount && Int($0.tap) < tapCount }, "an entry lies outside its grid")
  }

  /// A k x k convolution with stride 1 over rows x columns cells; tap = kernel row * k + kernel column.
  ///
  /// Cells in the `padding` around the grid add nothing. Positions: (rows + 2 padding - k + 1) rows of as many columns.
  public init(rows: Int, columns: Int, kernel: Int, padding: Int) {
    let outputRows = rows + 2 * padding - kernel + 1
    let outputColumns = columns + 2 * padding - kernel + 1
    precondition(outputRows > 0 && outputColumns > 0, "a \(kernel) x \(kernel) kernel does not fit the grid")
    var positions: [[Entry]] = []
    for row in 0..<outputRows {
      for column in 0..<outputColumns {
        var entries: [Entry] = []
        for tap in 0..<kernel * kernel {
          let y = row + tap / kernel - padding
          let x = column + tap % kernel - padding
          guard (0..<rows).contains(y), (0..<columns).contains(x) else { continue }
          entries.append(Entry(cell: y * columns + x, tap: tap))
        }
        positions.append(entries)
      }
    }
    self.init(cellCount: rows * columns, tapCount: kernel * kernel, positions: positions)
  }
}
