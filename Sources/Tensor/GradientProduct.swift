/// dW += x^T dY: the weight gradients of dense layers and, with rows of x that lie in a grid, of direct convolutions.
///
/// At least as fast as OpenBLAS's AVX2 kernels, which it chooses on processors it does not know. Sums run over the rows
/// in their order, in blocks.
public enum GradientProduct {
  /// Rows worked on at a time: their dY stays in the first-level cache while the inputs pass by, and dW, which may not
  /// fit any cache, is read and written once for all of them.
  private static let blockRows = 256

  /// dW += x^T dY with x [rows, inputs], dY [rows, outputs] and dW [inputs, outputs], none of them transposed.
  public static func add(_ x: Matrix, outputGradients: Matrix, to gradients: MutableMatrix) {
    precondition(!x.isTransposed, "x is taken as it is stored")
    add(
      x.pointer, rows: RowGrid(count: x.rows, stride: x.stride), segments: RowSegments(length: x.columns),
      outputGradients: outputGradients, to: gradients)
  }

  /// - Parameters:
  ///   - x: from where the rows of x lie, as `inputRows` says; each consists of `segments`.
  ///   - outputGradients: dY, as many rows as `inputRows`.
  ///   - gradients: dW [segments.total, outputGradients.columns], added to.
  @inline(never)
  public static func add(
    _ x: UnsafePointer<Float>, rows inputRows: RowGrid, segments: RowSegments, outputGradients: Matrix,
    to gradients: MutableMatrix
  ) {
    let count = inputRows.count
    precondition(!outputGradients.isTransposed && outputGradients.rows == count, "rows of x and dY differ")
    precondition(
      gradients.rows == segments.total && gradients.columns == outputGradients.columns, "dW has another shape")
    var starts = InlineArray<256, UnsafePointer<Float>>(repeating: x)
    for first in stride(from: 0, to: count, by: blockRows) {
      let rows = min(blockRows, count - first)
      inputRows.forEachOffset(in: first..<first + rows) { starts[$0] = x + $1 }
      withUnsafePointer(to: &starts) { pointer in
        let x = UnsafeRawPointer(pointer).assumingMemoryBound(to: UnsafePointer<Float>.self)
        let y = Matrix(
          outputGradients.row(first), rows: rows, columns: gradients.columns, stride: outputGradients.stride)
        addBlock(x, segments: segments, y, to: gradients)
      }
    }
  }

  /// One block: pairs of vectors of columns, a single one, and what is left.
  private static func addBlock(
    _ x: UnsafePointer<UnsafePointer<Float>>, segments: RowSegments, _ y: Matrix, to gradients: MutableMatrix
  ) {
    var column = 0
    while column < y.columns {
      let left = y.columns - column
      let end = min(column + (left >= 2 * Lanes.width ? 2 : 1) * Lanes.width, y.columns)
      let part = (y.columns(column..<end), gradients.columns(column..<end))
      if left >= Lanes.width {
        addColumns(x, segments: segments, part.0, to: part.1)
      } else {
        addEdge(x, segments: segments, part.0, to: part.1)
      }
      column = end
    }
  }

  /// One or two whole vectors of columns, in tiles of as equal a height as possible.
  private static func addColumns(
    _ x: UnsafePointer<UnsafePointer<Float>>, segments: RowSegments, _ y: Matrix, to gradients: MutableMatrix
  ) {
    var arguments = GradientTileArguments(
      rows: y.rows, x: x, offset: 0, y: y.pointer, yStride: y.stride, gradients: gradients.pointer,
      stride: gradients.stride)
    let tiles = (segments.length + tileInputs - 1) / tileInputs
    for segment in 0..<segments.count {
      var input = 0
      for tile in 0..<tiles {
        let count = (segments.length - input + tiles - tile - 1) / (tiles - tile)
        arguments.offset = segment * segments.stride + input
        arguments.gradients = gradients.row(segment * segments.length + input)
        add(arguments, inputs: count, vectors: y.columns / Lanes.width)
        input += count
      }
    }
  }

  /// Less than a vector of columns: dY is copied to whole vectors, and tiles are added from beside dW.
  private static func addEdge(
    _ x: UnsafePointer<UnsafePointer<Float>>, segments: RowSegments, _ y: Matrix, to gradients: MutableMatrix
  ) {
    let width = Lanes.width
    var paddedY = InlineArray<4096, Float>(repeating: 0)
    var tile = InlineArray<128, Float>(repeating: 0)
    withUnsafeMutablePointer(to: &paddedY) { storedY in
      withUnsafeMutablePointer(to: &tile) { storedTile in
        let padded = UnsafeMutableRawPointer(storedY).assumingMemoryBound(to: Float.self)
        let sums = UnsafeMutableRawPointer(storedTile).assumingMemoryBound(to: Float.self)
        for row in 0..<y.rows { Rows.copy(y.row(row), to: padded + row * width, count: y.columns) }
        var arguments = GradientTileArguments(
          rows: y.rows, x: x, offset: 0, y: UnsafePointer(padded), yStride: width, gradients: sums, stride: width)
        for segment in 0..<segments.count {
          for input in stride(from: 0, to: segments.length, by: tileInputs) {
            let count = min(tileInputs, segments.length - input)
            arguments.offset = segment * segments.stride + input
            sums.update(repeating: 0, count: count * width)
            add(arguments, inputs: count, vectors: 1)
            for row in 0..<count {
              Rows.add(
                sums + row * width, to: gradients.row(segment * segments.length + input + row), count: y.columns)
            }
          }
        }
      }
    }
  }

  #if VECTOR_AVX512
    private static let tileInputs = 8
  #elseif VECTOR_AVX2 || arch(arm64)
    private static let tileInputs = 6
  #else
    private static let tileInputs = 3
  #endif

  /// One tile, of the shape built for so many inputs and vectors.
  @inline(__always)
  private static func add(_ arguments: GradientTileArguments, inputs: Int, vectors: Int) {
    switch (vectors, inputs) {
    case (1, 1): GradientTile<1, 1>.add(arguments)
    case (1, 2): GradientTile<2, 1>.add(arguments)
    case (1, 3): GradientTile<3, 1>.add(arguments)
    case (1, 4): GradientTile<4, 1>.add(arguments)
    case (1, 5): GradientTile<5, 1>.add(arguments)
    case (1, 6): GradientTile<6, 1>.add(arguments)
    case (1, 7): GradientTile<7, 1>.add(arguments)
    case (1, _): GradientTile<8, 1>.add(arguments)
    case (2, 1): GradientTile<1, 2>.add(arguments)
    case (2, 2): GradientTile<2, 2>.add(arguments)
    case (2, 3): GradientTile<3, 2>.add(arguments)
    case (2, 4): GradientTile<4, 2>.add(arguments)
    case (2, 5): GradientTile<5, 2>.add(arguments)
    case (2, 6): GradientTile<6, 2>.add(arguments)
    case (2, 7): GradientTile<7, 2>.add(arguments)
    default: GradientTile<8, 2>.add(arguments)
    }
  }
}
