/// Where the rows of one side of a product begin in memory: a grid of images, lines and columns, each a fixed number of
/// floats apart. A matrix is one line of columns; the windows of a convolution use all three.
public struct RowGrid: Sendable, Hashable {
  public var images: Int
  public var height: Int
  public var width: Int
  /// Floats from one image to the next.
  public var imageStride: Int
  /// Floats from one line of an image to the next.
  public var lineStride: Int
  /// Floats from one column of a line to the next.
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
