/// How a convolution's kernel overlaps one tile, along one axis: `count` pixels from `pixelStart` in the tile meet the
/// kernel's weights from `kernelStart`.
struct TilePart: Sendable, Hashable {
  let kernelStart: Int
  let pixelStart: Int
  let count: Int

  /// All overlaps of a kernel that slides over `cells` tiles with `stride`: the distinct parts, and for each output the
  /// tiles it touches with their part. A kernel of 8 with stride 4 on tiles of 6 has six parts: (6, 2), (2, 6), (4, 4).
  static func list(
    cells: Int, side: Int, kernel: Int, stride: Int
  ) -> (parts: [TilePart], touches: [[(cell: Int, part: Int)]]) {
    let pixels = cells * side
    precondition(kernel <= pixels, "a kernel of \(kernel) does not fit \(pixels) pixels")
    var parts: [TilePart] = []
    var touches: [[(cell: Int, part: Int)]] = []
    for start in Swift.stride(from: 0, through: pixels - kernel, by: stride) {
      touches.append(
        (start / side...(start + kernel - 1) / side).map { cell in
          let first = max(start, cell * side)
          let end = min(start + kernel, (cell + 1) * side)
          let part = TilePart(kernelStart: first - start, pixelStart: first - cell * side, count: end - first)
          if let index = parts.firstIndex(of: part) { return (cell, index) }
          parts.append(part)
          return (cell, parts.count - 1)
        })
    }
    return (parts, touches)
  }
}
