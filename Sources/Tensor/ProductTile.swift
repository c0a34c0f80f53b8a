/// What all tiles of a packed product share.
struct ProductTileArguments {
  var segments: RowSegments
  /// First line of the tile's first panel.
  var panel: UnsafePointer<Float>
  /// Floats from one panel to the next.
  var panelStride: Int
  /// A float for each of the tile's columns, padded to whole vectors.
  var bias: UnsafePointer<Float>?
  var accumulate: Bool
  var elu: Bool
}

/// The innermost loops of a packed product: `rows` rows times `vectors` vectors of columns, all in registers.
///
/// Both numbers are known when it is compiled, so that every loop over them is unrolled; the sums stay in registers
/// only because no loop with a changing index touches them. Each sum starts at y or zero, plus bias, and runs over the
/// inputs from first to last: the same for every tile shape, so a row's bits do not depend on its neighbours.
struct ProductTile<let rows: Int, let vectors: Int> {
  private typealias Sums = InlineArray<rows, InlineArray<vectors, Lanes.Vector>>

  /// - Parameters:
  ///   - x: where the rows begin.
  ///   - y: where the results begin; whole vectors are written.
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
    // From the nearest cache, because this loop is too long to be unrolled.
    guard arguments.elu else { return }
    for row in 0..<rows {
      for v in 0..<vectors {
        let result = y[row] + v * width
        Lanes.store(Lanes.elu(Lanes.load(result, remaining: width)), to: result, remaining: width)
      }
    }
  }
}
