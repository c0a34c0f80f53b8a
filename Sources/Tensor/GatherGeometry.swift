/// The table rows whose sum is an output of a convolution over symbols.
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
  /// The first entry of each position, and the end of the last: `positionCount + 1` numbers.
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
      entries.allSatisfy { Int($0.cell) < cellCount && Int($0.tap) < tapCount }, "an entry is outside its grid")
  }

  /// A k x k convolution with stride 1 over rows x columns cells; tap = kernel row * k + kernel column.
  ///
  /// Cells in the `padding` around the grid contribute nothing. There are rows + 2 padding - k + 1 rows of positions, and
  /// columns + 2 padding - k + 1 columns.
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

/// The rows [symbolCount, tapCount, channels] that `GatherConvolution` adds up. A view of floats that another object owns,
/// valid as long as the owner lives.
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

/// The gradients of a `GatherTable` and a mark for every symbol that has some. A view of floats that another object owns,
/// valid as long as the owner lives.
///
/// The memory of `count` floats is zero at first. `GatherConvolution.backwardELU` adds and marks; the reader of the gradients
/// clears the marked rows, so that no pass touches the rows of absent symbols.
public struct GatherTableGradients {
  /// [symbolCount, rowSize]
  public let rows: UnsafeMutablePointer<Float>
  /// [symbolCount]: not 0 for symbols with gradients.
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

  /// Number of floats of the view.
  public static func count(symbolCount: Int, rowSize: Int) -> Int { symbolCount * (rowSize + 1) }

  @inlinable public func isMarked(_ symbol: Int) -> Bool { marks[symbol] != 0 }

  @inlinable public func row(_ symbol: Int) -> UnsafeMutablePointer<Float> { rows + symbol * rowSize }

  /// Sets the row of a symbol and its mark to zero.
  public func clear(_ symbol: Int) {
    row(symbol).update(repeating: 0, count: rowSize)
    marks[symbol] = 0
  }
}
