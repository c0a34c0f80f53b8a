/// dW += x^T dY: the weight gradients of dense layers and, with rows of x in a grid, of direct convolutions.
///
/// At least as fast as the AVX2 kernels of OpenBLAS. Sums run over the rows in their order, in blocks.
public enum GradientProduct {
  /// Number of rows in a block: two vectors of their dY stay in the first-level cache while the inputs are read, and dW,
  /// which may not fit any cache, is read and written once per block.
  private static let blockRows = 256
  /// Number of inputs in a block, so that the block stays in the second-level cache.
  private static let blockInputs = 384
  private typealias RowPointers = UnsafePointer<UnsafePointer<Float>>

  /// dW += x^T dY with x [rows, inputs], dY [rows, outputs] and dW [inputs, outputs], none of them transposed.
  public static func add(_ x: Matrix, outputGradients: Matrix, to gradients: MutableMatrix) {
    precondition(!x.isTransposed && x.columns == gradients.rows, "dW has a row for each column of x as it is stored")
    for first in stride(from: 0, to: x.columns, by: blockInputs) {
      let count = min(blockInputs, x.columns - first)
      add(
        x.pointer + first, rows: RowGrid(count: x.rows, stride: x.stride), segments: RowSegments(length: count),
        outputGradients: outputGradients,
        to: MutableMatrix(gradients.row(first), rows: count, columns: gradients.columns, stride: gradients.stride))
    }
  }

  /// - Parameters:
  ///   - x: the memory of x; `rows` and `segments` describe the places of its rows.
  ///   - outputGradients: dY, as many rows as `inputRows`.
  ///   - gradients: dW [segments.total, outputGradients.columns], added to.
  @inline(never)
  public static func add(
    _ x: UnsafePointer<Float>, rows inputRows: RowGrid, segments: RowSegments, outputGradients: Matrix,
    to gradients: MutableMatrix
  ) {
    let count = inputRows.count
    let columns = gradients.columns
    precondition(!outputGradients.isTransposed && outputGradients.rows == count, "rows of x and dY differ")
    precondition(gradients.rows == segments.total && columns == outputGradients.columns, "dW has another shape")
    var starts = InlineArray<256, UnsafePointer<Float>>(repeating: x)
    for first in stride(from: 0, to: count, by: blockRows) {
      let rows = min(blockRows, count - first)
      inputRows.forEachOffset(in: first..<first + rows) { starts[$0] = x + $1 }
      withUnsafePointer(to: &starts) { pointer in
        let x = UnsafeRawPointer(pointer).assumingMemoryBound(to: UnsafePointer<Float>.self)
        let y = Matrix(outputGradients.row(first), rows: rows, columns: columns, stride: outputGradients.stride)
        addBlock(x, segments: segments, y, to: gradients)
      }
    }
  }

  /// The same with a pointer to each row: rows anywhere in memory.
  ///
  /// - Parameters:
  ///   - x: as many pointers to where rows begin as `outputGradients` has rows.
  ///   - gradients: dW [segments.total, outputGradients.columns], added to.
  @inline(never)
  public static func add(
    _ x: UnsafePointer<UnsafePointer<Float>>, segments: RowSegments, outputGradients: Matrix,
    to gradients: MutableMatrix
  ) {
    let columns = gradients.columns
    precondition(!outputGradients.isTransposed, "dY must not be transposed")
    precondition(gradients.rows == segments.total && columns == outputGradients.columns, "dW has another shape")
    for first in stride(from: 0, to: outputGradients.rows, by: blockRows) {
      let rows = min(blockRows, outputGradients.rows - first)
      addBlock(x + first, segments: segments, outputGradients.rows(first..<first + rows), to: gradients)
    }
  }

  /// One block, panel by panel.
  private static func addBlock(_ x: RowPointers, segments: RowSegments, _ y: Matrix, to gradients: MutableMatrix) {
    for column in stride(from: 0, to: y.columns, by: 2 * Lanes.width) {
      let end = min(column + 2 * Lanes.width, y.columns)
      let part = (y: y.columns(column..<end), gradients: gradients.columns(column..<end))
      if (end - column).isMultiple(of: Lanes.width) {
        addPanel(x, segments: segments, part.y, to: part.gradients)
      } else {
        addEdge(x, segments: segments, part.y, to: part.gradients)
      }
    }
  }

  /// One or two whole vectors of columns, in tiles of as equal a height as possible.
  private static func addPanel(
    _ x: RowPointers, segments: RowSegments, _ y: Matrix, to gradients: MutableMatrix
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

  /// Handles columns whose last vector is not whole: copies dY to whole vectors, computes tiles in separate memory, and adds
  /// the existing columns to dW.
  private static func addEdge(
    _ x: RowPointers, segments: RowSegments, _ y: Matrix, to gradients: MutableMatrix
  ) {
    let width = y.columns > Lanes.width ? 2 * Lanes.width : Lanes.width
    // A panel of 256 rows, then a tile of 8: at most two vectors of 16.
    var storage = InlineArray<8448, Float>(repeating: 0)
    withUnsafeMutablePointer(to: &storage) { pointer in
      let panel = UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: Float.self)
      let tile = panel + blockRows * width
      for row in 0..<y.rows { Rows.copy(y.row(row), to: panel + row * width, count: y.columns) }
      var arguments = GradientTileArguments(
        rows: y.rows, x: x, offset: 0, y: panel, yStride: width, gradients: tile, stride: width)
      for segment in 0..<segments.count {
        for input in stride(from: 0, to: segments.length, by: tileInputs) {
          let count = min(tileInputs, segments.length - input)
          arguments.offset = segment * segments.stride + input
          tile.update(repeating: 0, count: count * width)
          add(arguments, inputs: count, vectors: width / Lanes.width)
          for row in 0..<count {
            let target = gradients.row(segment * segments.length + input + row)
            Rows.add(tile + row * width, to: target, count: y.columns)
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

  /// Adds one tile of the given shape.
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

/// The arguments that all tiles of a block of a gradient product share, and the place of one tile.
struct GradientTileArguments {
  /// Number of rows of x and dY.
  var rows: Int
  /// The beginning of each row of x.
  var x: UnsafePointer<UnsafePointer<Float>>
  /// Offset of the tile's first input in a row.
  var offset: Int
  /// First row of dY, at the tile's first column.
  var y: UnsafePointer<Float>
  /// Number of floats from one row of dY to the next.
  var yStride: Int
  /// dW at the tile's first input and column.
  var gradients: UnsafeMutablePointer<Float>
  /// Number of floats from one row of dW to the next.
  var stride: Int
}

/// The innermost loops of a product for weight gradients: `inputs` rows of dW times `vectors` vectors of its columns,
/// all in registers, summed over rows of x and dY from first to last. Unrolled like `ProductTile`.
struct GradientTile<let inputs: Int, let vectors: Int> {
  /// Adds the tile to dW.
  @inline(__always)
  static func add(_ arguments: GradientTileArguments) {
    let width = Lanes.width
    var sums = InlineArray<inputs, InlineArray<vectors, Lanes.Vector>>(repeating: InlineArray(repeating: .zero))
    let (x, offset, yStride) = (arguments.x, arguments.offset, arguments.yStride)
    var line = arguments.y
    for row in 0..<arguments.rows {
      let values = x[row] + offset
      let outputs = InlineArray<vectors, Lanes.Vector> { Lanes.load(line + $0 * width, remaining: width) }
      for input in 0..<inputs {
        let value = Lanes.Vector(repeating: values[input])
        for v in 0..<vectors { sums[input][v] = Lanes.fused(value, outputs[v], sums[input][v]) }
      }
      line += yStride
    }
    for input in 0..<inputs {
      for v in 0..<vectors {
        let target = arguments.gradients + input &* arguments.stride + v * width
        Lanes.store(Lanes.load(target, remaining: width) + sums[input][v], to: target, remaining: width)
      }
    }
  }
}
