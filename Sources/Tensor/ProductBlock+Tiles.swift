extension ProductBlock {
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
