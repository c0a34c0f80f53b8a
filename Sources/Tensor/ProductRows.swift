/// The places of the rows of one side of a product: a grid of images, lines and columns with a fixed distance in floats for
/// each. A matrix is one line of columns; the windows of a convolution use all three.
public struct RowGrid: Sendable, Hashable {
  public var images: Int
  public var height: Int
  public var width: Int
  /// Number of floats from one image to the next.
  public var imageStride: Int
  /// Number of floats from one line of an image to the next.
  public var lineStride: Int
  /// Number of floats from one column of a line to the next.
  public var columnStride: Int

  public init(images: Int, height: Int, width: Int, imageStride: Int, lineStride: Int, columnStride: Int) {
    self.images = images
    self.height = height
    self.width = width
    self.imageStride = imageStride
    self.lineStride = lineStride
    self.columnStride = columnStride
  }

  /// `count` rows, `stride` floats apart.
  public init(count: Int, stride: Int) {
    self.init(images: 1, height: 1, width: count, imageStride: 0, lineStride: 0, columnStride: stride)
  }

  /// Number of rows.
  public var count: Int { images * height * width }

  /// Calls `body` with the position of each of the rows `range` in the range, and its offset in floats.
  @inline(__always)
  func forEachOffset(in range: Range<Int>, _ body: (_ position: Int, _ offset: Int) -> Void) {
    guard !range.isEmpty else { return }
    var column = range.lowerBound % width
    var line = range.lowerBound / width % height
    var image = range.lowerBound / (width * height)
    var position = 0
    while position < range.count {
      let start = image * imageStride + line * lineStride
      let end = min(width, column + range.count - position)
      while column < end {
        body(position, start + column * columnStride)
        position &+= 1
        column &+= 1
      }
      column = 0
      line += 1
      if line == height { (line, image) = (0, image + 1) }
    }
  }
}

/// The layout of one row of a product's left side, from the beginning of the row: `count` runs of `length` floats, with a
/// distance of `stride` floats. A row of a matrix is one run; a convolution's window is one run for each line of the kernel.
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

  /// Number of floats of a row.
  public var total: Int { count * length }
}
