/// Up to `PackedProduct.blockRows` rows times all panels of the weights. The struct is on the stack.
///
/// The memory behind `inputs` and `outputs` must stay valid and long enough for the rows while a product runs.
struct ProductBlock {
  /// The beginnings of the rows of x.
  var inputs: InlineArray<64, UnsafePointer<Float>>
  /// The beginnings of the rows of y.
  var outputs: InlineArray<64, UnsafeMutablePointer<Float>>

  private let weights: PackedWeights
  private let bias: UnsafePointer<Float>?
  private let segments: RowSegments
  private let accumulate: Bool
  private let elu: Bool

  #if VECTOR_AVX512
    /// Number of rows of a tile, as many as the 32 registers allow.
    private static let tileRows = 8
    /// Up to this number of rows, a tile handles two panels at a time: with one it would wait for its own sums.
    private static let pairedRows = 4
  #elseif VECTOR_AVX2 || arch(arm64)
    private static let tileRows = 6
    private static let pairedRows = 2
  #else
    private static let tileRows = 3
    private static let pairedRows = 1
  #endif

  init(
    _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, segments: RowSegments, _ weights: PackedWeights,
    bias: UnsafePointer<Float>?, accumulate: Bool, elu: Bool
  ) {
    inputs = InlineArray(repeating: x)
    outputs = InlineArray(repeating: y)
    self.segments = segments
    self.weights = weights
    self.bias = bias
    self.accumulate = accumulate
    self.elu = elu
  }

  /// The product of the first `rows` rows. Afterwards `outputs` point to the ends of their rows.
  mutating func multiply(rows: Int) {
    var arguments = ProductTileArguments(
      segments: segments, panel: weights.pointer, panelStride: weights.inputs * PackedWeights.panelWidth, bias: bias,
      accumulate: accumulate, elu: elu)
    var left = weights.outputs
    while left > 0 {
      let isPaired = rows <= Self.pairedRows && left >= 2 * PackedWeights.panelWidth
      let vectors = isPaired ? 4 : left > Lanes.width ? 2 : 1
      let columns = min(left, vectors * Lanes.width)
      if columns == vectors * Lanes.width {
        multiply(rows: rows, vectors: vectors, arguments)
      } else {
        multiplyEdge(rows: rows, columns: columns, vectors: vectors, arguments)
      }
      for row in 0..<rows { outputs[row] += columns }
      left -= columns
      arguments.panel += vectors * Lanes.width * weights.inputs
      arguments.bias = arguments.bias.map { $0 + columns }
    }
  }

  /// Multiplies all rows with whole vectors, in tiles of heights as equal as possible: a low tile would wait for its own sums.
  private mutating func multiply(rows: Int, vectors: Int, _ arguments: ProductTileArguments) {
    withUnsafePointer(to: &inputs) { inputs in
      withUnsafePointer(to: &outputs) { outputs in
        let x = UnsafeRawPointer(inputs).assumingMemoryBound(to: UnsafePointer<Float>.self)
        let y = UnsafeRawPointer(outputs).assumingMemoryBound(to: UnsafeMutablePointer<Float>.self)
        let tiles = (rows + Self.tileRows - 1) / Self.tileRows
        var first = 0
        for tile in 0..<tiles {
          let count = (rows - first + tiles - tile - 1) / (tiles - tile)
          Self.run(x + first, into: y + first, rows: count, vectors: vectors, arguments)
          first += count
        }
      }
    }
  }

  /// Multiplies all rows with columns whose last vector is not whole: tile by tile in separate memory, from which the columns
  /// are copied to y.
  private mutating func multiplyEdge(rows: Int, columns: Int, vectors: Int, _ arguments: ProductTileArguments) {
    let width = vectors * Lanes.width
    var edge = arguments
    // A tile of at most 8 rows, and the bias: both padded to whole vectors.
    // It is on the stack: a temporary allocation of more than a kilobyte would use the heap.
    var storage = InlineArray<288, Float>(repeating: 0)
    withUnsafeMutablePointer(to: &storage) { memory in
      let tile = UnsafeMutableRawPointer(memory).assumingMemoryBound(to: Float.self)
      let paddedBias = tile + Self.tileRows * width
      if let bias = arguments.bias {
        Rows.copy(bias, to: paddedBias, count: columns)
        edge.bias = UnsafePointer(paddedBias)
      }
      for first in stride(from: 0, to: rows, by: Self.tileRows) {
        let count = min(Self.tileRows, rows - first)
        if accumulate {
          for row in 0..<count { Rows.copy(outputs[first + row], to: tile + row * width, count: columns) }
        }
        var results = InlineArray<8, UnsafeMutablePointer<Float>> { tile + min($0, Self.tileRows - 1) * width }
        withUnsafePointer(to: &inputs) { inputs in
          withUnsafePointer(to: &results) { results in
            Self.run(
              UnsafeRawPointer(inputs).assumingMemoryBound(to: UnsafePointer<Float>.self) + first,
              into: UnsafeRawPointer(results).assumingMemoryBound(to: UnsafeMutablePointer<Float>.self), rows: count,
              vectors: vectors, edge)
          }
        }
        for row in 0..<count { Rows.copy(tile + row * width, to: outputs[first + row], count: columns) }
      }
    }
  }

  /// One tile, of the shape built for so many rows and vectors.
  @inline(__always)
  static func run(
    _ x: UnsafePointer<UnsafePointer<Float>>, into y: UnsafePointer<UnsafeMutablePointer<Float>>, rows: Int,
    vectors: Int, _ arguments: ProductTileArguments
  ) {
    switch (vectors, rows) {
    case (1, 1): ProductTile<1, 1>.run(x, into: y, arguments)
    case (1, 2): ProductTile<2, 1>.run(x, into: y, arguments)
    case (1, 3): ProductTile<3, 1>.run(x, into: y, arguments)
    case (1, 4): ProductTile<4, 1>.run(x, into: y, arguments)
    case (1, 5): ProductTile<5, 1>.run(x, into: y, arguments)
    case (1, 6): ProductTile<6, 1>.run(x, into: y, arguments)
    case (1, 7): ProductTile<7, 1>.run(x, into: y, arguments)
    case (1, _): ProductTile<8, 1>.run(x, into: y, arguments)
    case (2, 1): ProductTile<1, 2>.run(x, into: y, arguments)
    case (2, 2): ProductTile<2, 2>.run(x, into: y, arguments)
    case (2, 3): ProductTile<3, 2>.run(x, into: y, arguments)
    case (2, 4): ProductTile<4, 2>.run(x, into: y, arguments)
    case (2, 5): ProductTile<5, 2>.run(x, into: y, arguments)
    case (2, 6): ProductTile<6, 2>.run(x, into: y, arguments)
    case (2, 7): ProductTile<7, 2>.run(x, into: y, arguments)
    case (2, _): ProductTile<8, 2>.run(x, into: y, arguments)
    case (_, 1): ProductTile<1, 4>.run(x, into: y, arguments)
    case (_, 2): ProductTile<2, 4>.run(x, into: y, arguments)
    case (_, 3): ProductTile<3, 4>.run(x, into: y, arguments)
    default: ProductTile<4, 4>.run(x, into: y, arguments)
    }
  }
}

/// The arguments that all tiles of a packed product share.
struct ProductTileArguments {
  var segments: RowSegments
  /// First line of the tile's first panel.
  var panel: UnsafePointer<Float>
  /// Number of floats from one panel to the next.
  var panelStride: Int
  /// A float for each of the tile's columns, padded to whole vectors.
  var bias: UnsafePointer<Float>?
  var accumulate: Bool
  var elu: Bool
}

/// The innermost loops of a packed product: `rows` rows times `vectors` vectors of columns, all in registers.
///
/// Both numbers are compile-time constants, so that every loop over them is unrolled; the sums stay in registers only because
/// no loop with a variable index accesses them. Each sum starts at y or zero, plus bias, and runs over the inputs from first
/// to last, for every tile shape, so that the bits of a row do not depend on its neighbours.
struct ProductTile<let rows: Int, let vectors: Int> {
  private typealias Sums = InlineArray<rows, InlineArray<vectors, Lanes.Vector>>

  /// - Parameters:
  ///   - x: the beginnings of the rows.
  ///   - y: the beginnings of the results; the function writes whole vectors.
  @inline(__always)
  static func run(
    _ x: UnsafePointer<UnsafePointer<Float>>, into y: UnsafePointer<UnsafeMutablePointer<Float>>,
    _ arguments: ProductTileArguments
  ) {
    let width = Lanes.width
    var sums = Sums(repeating: InlineArray(repeating: .zero))
    if arguments.accumulate {
      for row in 0..<rows {
        for v in 0..<vectors { sums[row][v] = Lanes.load(y[row] + v * width, remaining: width) }
      }
    }
    if let bias = arguments.bias {
      for v in 0..<vectors {
        let values = Lanes.load(bias + v * width, remaining: width)
        for row in 0..<rows { sums[row][v] += values }
      }
    }
    let starts = InlineArray<rows, UnsafePointer<Float>> { x[$0] }
    let segments = arguments.segments
    let panelStride = arguments.panelStride
    var weights = arguments.panel
    for segment in 0..<segments.count {
      var i = segment &* segments.stride
      let end = i &+ segments.length
      while i < end {
        let line = InlineArray<vectors, Lanes.Vector> {
          Lanes.load(weights + ($0 / 2) * panelStride + ($0 % 2) * width, remaining: width)
        }
        for row in 0..<rows {
          let value = Lanes.Vector(repeating: starts[row][i])
          for v in 0..<vectors { sums[row][v] = Lanes.fused(value, line[v], sums[row][v]) }
        }
        weights += (vectors < 2 ? vectors : 2) * width
        i &+= 1
      }
    }
    for row in 0..<rows {
      for v in 0..<vectors { Lanes.store(sums[row][v], to: y[row] + v * width, remaining: width) }
    }
    // A second pass through the first-level cache, because this loop is too long to be unrolled.
    guard arguments.elu else { return }
    for row in 0..<rows {
      for v in 0..<vectors {
        let result = y[row] + v * width
        Lanes.store(Lanes.elu(Lanes.load(result, remaining: width)), to: result, remaining: width)
      }
    }
  }
}
