/// Up to `PackedProduct.blockRows` rows times all panels of the weights. Lives on the stack.
///
/// The memory behind `inputs` and `outputs` must stay valid and long enough for the rows while a product runs.
struct ProductBlock {
  /// Where the rows of x begin.
  var inputs: InlineArray<64, UnsafePointer<Float>>
  /// Where the rows of y begin.
  var outputs: InlineArray<64, UnsafeMutablePointer<Float>>

  private let weights: PackedWeights
  private let bias: UnsafePointer<Float>?
  private let segments: RowSegments
  private let accumulate: Bool
  private let elu: Bool

  #if VECTOR_AVX512
    /// Rows of a tile as high as the registers (32 of them) allow.
    private static let tileRows = 8
    /// Up to so many rows a tile takes two panels at a time: with one it would wait for its own sums.
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

  /// The product of the first `rows` rows. Afterwards `outputs` point behind their rows.
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

  /// All rows times whole vectors, in tiles of as equal a height as possible: a low tile would wait for its own sums.
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

  /// All rows times columns whose last vector is not whole: tile by tile beside y, from where the columns are copied.
  private mutating func multiplyEdge(rows: Int, columns: Int, vectors: Int, _ arguments: ProductTileArguments) {
    let width = vectors * Lanes.width
    var edge = arguments
    // A tile of at most 8 rows, and the bias: both padded to whole vectors.
    // On the stack: a temporary allocation of more than a kilobyte would come from the heap.
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
}
