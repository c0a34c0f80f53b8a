/// What all tiles of a block of a product for weight gradients share, and where one tile lies.
struct GradientTileArguments {
  /// Rows of x and dY.
  var rows: Int
  /// Where each row of x begins.
  var x: UnsafePointer<UnsafePointer<Float>>
  /// From there to the tile's first input.
  var offset: Int
  /// First row of dY, at the tile's first column.
  var y: UnsafePointer<Float>
  /// Floats from one row of dY to the next.
  var yStride: Int
  /// dW at the tile's first input and column.
  var gradients: UnsafeMutablePointer<Float>
  /// Floats from one row of dW to the next.
  var stride: Int
}

/// The innermost loops of a product for weight gradients: `inputs` rows of dW times `vectors` vectors of its columns,
/// all in registers, summed over rows of x and dY from first to last. Unrolled as `ProductTile` is.
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
