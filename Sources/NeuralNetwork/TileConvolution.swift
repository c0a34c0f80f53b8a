import Tensor

/// A convolution with ELU over the picture of a `Mosaic`, without drawing it: y = elu(conv(picture) + b), no padding.
///
/// The kernel covers parts of a few tiles, and the contribution of a part depends on the symbol and the part only. `prepare`
/// tabulates it for all symbols; the output of a frame is then a sum of table rows. A tile is a mask times a colour, so the
/// products are computed once for each mask and colour channel, and the sums over the channels once for each symbol.
public struct TileConvolution: SymbolConvolution {
  public let mosaic: Mosaic
  public let kernel: Int
  public let stride: Int
  public let outputRows: Int
  public let outputColumns: Int
  /// A multiple of 8.
  public let outputChannels: Int
  /// [kernel * kernel * 3, outputChannels]; row (y * kernel + x) * 3 + colour channel.
  public let weight: ParameterSlice
  /// [outputChannels]
  public let bias: ParameterSlice
  /// Offset of the table in `Weights.prepared`.
  private let table: Int

  let geometry: GatherGeometry
  private let verticalParts: [TilePart]
  private let horizontalParts: [TilePart]

  public init(
    _ name: String, mosaic: Mosaic, kernel: Int, stride: Int, outputChannels: Int, in layout: inout ParameterLayout
  ) {
    let vertical = TilePart.list(cells: mosaic.rows, side: mosaic.side, kernel: kernel, stride: stride)
    let horizontal = TilePart.list(cells: mosaic.columns, side: mosaic.side, kernel: kernel, stride: stride)
    self.mosaic = mosaic
    self.kernel = kernel
    self.stride = stride
    self.outputChannels = outputChannels
    outputRows = vertical.touches.count
    outputColumns = horizontal.touches.count
    verticalParts = vertical.parts
    horizontalParts = horizontal.parts
    let positions = vertical.touches.flatMap { above in
      horizontal.touches.map { across in
        above.flatMap { y in
          across.map { x in
            GatherGeometry.Entry(
              cell: y.cell * mosaic.columns + x.cell, tap: y.part * horizontal.parts.count + x.part)
          }
        }
      }
    }
    geometry = GatherGeometry(
      cellCount: mosaic.cellCount, tapCount: vertical.parts.count * horizontal.parts.count, positions: positions)
    let fanIn = kernel * kernel * 3
    weight = layout.add("\(name).weight", [fanIn, outputChannels], fanIn: fanIn, initial: .orthogonal())
    bias = layout.add("\(name).bias", [outputChannels], fanIn: fanIn)
    // After the table there is room for the products of one mask.
    let rowSize = geometry.tapCount * outputChannels
    table = layout.reserve(mosaic.symbolCount * rowSize + 3 * rowSize)
  }

  public var cellCount: Int { mosaic.cellCount }
  /// Number of floats of a frame's output [outputRows, outputColumns, outputChannels].
  public var outputCount: Int { geometry.positionCount * outputChannels }
  /// Additions in the forward pass of a frame.
  public var multiplyAdds: Int { geometry.entries.count * outputChannels }
  /// Number of floats of the memory to which `backward` adds and which `finishBackward` clears; zero at first.
  public var tableGradientCount: Int {
    GatherTableGradients.count(symbolCount: mosaic.symbolCount, rowSize: rowSize) + maskRowSize
  }

  /// Floats of one symbol in the table.
  private var rowSize: Int { geometry.tapCount * outputChannels }
  /// Number of floats of one mask, with its three colour channels separate.
  private var maskRowSize: Int { 3 * rowSize }

  /// Tabulates the contribution of every symbol to an output.
  public func prepare(_ parameters: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>) {
    let table = prepared + table
    let products = table + mosaic.symbolCount * rowSize
    table.update(repeating: 0, count: rowSize)
    for mask in mosaic.masks.indices {
      products.update(repeating: 0, count: maskRowSize)
      forEachPaintedPixel(of: mask) { tap, weightRow in
        Rows.add(
          parameters + weight.offset + weightRow * outputChannels, to: products + tap * 3 * outputChannels,
          count: 3 * outputChannels)
      }
      for (index, colour) in mosaic.colours.enumerated() {
        let row = table + symbol(mask: mask, colour: index) * rowSize
        for tap in 0..<geometry.tapCount {
          mix(products + tap * 3 * outputChannels, colour, into: row + tap * outputChannels)
        }
      }
    }
  }

  /// y [outputRows, outputColumns, outputChannels] of one frame.
  /// - Parameter symbols: [rows, columns] of the mosaic, integers of `type`; a value outside the table counts as the last symbol.
  public func forward(
    _ symbols: UnsafeRawPointer, type: ScalarType, into y: UnsafeMutablePointer<Float>, weights: Weights
  ) {
    GatherConvolution.forwardELU(
      symbols, type: type, geometry: geometry,
      table: GatherTable(weights.prepared + table, symbolCount: mosaic.symbolCount, channels: outputChannels),
      bias: weights.parameters + bias.offset, into: y)
  }

  /// Adds the gradients of a frame: the bias's to `gradients`, the table's to `tableGradients`.
  /// - Parameters:
  ///   - y: output of the forward pass.
  ///   - outputGradients: d loss / d y.
  public func backward(
    _ symbols: UnsafeRawPointer, type: ScalarType, y: UnsafePointer<Float>, outputGradients: UnsafePointer<Float>,
    gradients: UnsafeMutablePointer<Float>, tableGradients: UnsafeMutablePointer<Float>
  ) {
    GatherConvolution.backwardELU(
      symbols, type: type, geometry: geometry, outputs: y, outputGradients: outputGradients,
      tableGradients: view(tableGradients),
      biasGradients: gradients + bias.offset)
  }

  /// Adds d loss / d weight of all frames since the last call to `gradients`, and clears `tableGradients`.
  public func finishBackward(
    weights: Weights, tableGradients: UnsafeMutablePointer<Float>, gradients: UnsafeMutablePointer<Float>
  ) {
    let table = view(tableGradients)
    let products = tableGradients + GatherTableGradients.count(symbolCount: mosaic.symbolCount, rowSize: rowSize)
    // A black cell contributes nothing, so its gradients are dropped.
    if table.isMarked(0) { table.clear(0) }
    for mask in mosaic.masks.indices {
      var isUsed = false
      for (index, colour) in mosaic.colours.enumerated() {
        let symbol = symbol(mask: mask, colour: index)
        guard table.isMarked(symbol) else { continue }
        isUsed = true
        for tap in 0..<geometry.tapCount {
          spread(table.row(symbol) + tap * outputChannels, colour, to: products + tap * 3 * outputChannels)
        }
        table.clear(symbol)
      }
      guard isUsed else { continue }
      forEachPaintedPixel(of: mask) { tap, weightRow in
        Rows.add(
          products + tap * 3 * outputChannels, to: gradients + weight.offset + weightRow * outputChannels,
          count: 3 * outputChannels)
      }
      products.update(repeating: 0, count: maskRowSize)
    }
  }
}

extension TileConvolution {
  private func symbol(mask: Int, colour: Int) -> Int { 1 + mask * mosaic.colours.count + colour }

  private func view(_ tableGradients: UnsafeMutablePointer<Float>) -> GatherTableGradients {
    GatherTableGradients(tableGradients, symbolCount: mosaic.symbolCount, rowSize: rowSize)
  }

  /// Calls `body` for every painted pixel under every tap, with the first of the pixel's three rows of the weight.
  @inline(__always)
  private func forEachPaintedPixel(of mask: Int, _ body: (_ tap: Int, _ weightRow: Int) -> Void) {
    for (v, vertical) in verticalParts.enumerated() {
      for (h, horizontal) in horizontalParts.enumerated() {
        for pixel in 0..<vertical.count * horizontal.count {
          let (y, x) = pixel.quotientAndRemainder(dividingBy: horizontal.count)
          guard mosaic.isPainted(mask: mask, x: horizontal.pixelStart + x, y: vertical.pixelStart + y) else { continue }
          let row = (vertical.kernelStart + y) * kernel + horizontal.kernelStart + x
          body(v * horizontalParts.count + h, row * 3)
        }
      }
    }
  }

  /// y [outputChannels] = the products [3, outputChannels] of a mask weighted by a colour.
  @inline(__always)
  private func mix(_ products: UnsafePointer<Float>, _ colour: SIMD3<Float>, into y: UnsafeMutablePointer<Float>) {
    Lanes.forEach(outputChannels) { i, left in
      var sum = Lanes.load(products + i, remaining: left) * colour.x
      sum = Lanes.fused(
        Lanes.load(products + outputChannels + i, remaining: left), Lanes.Vector(repeating: colour.y), sum)
      sum = Lanes.fused(
        Lanes.load(products + 2 * outputChannels + i, remaining: left), Lanes.Vector(repeating: colour.z), sum)
      Lanes.store(sum, to: y + i, remaining: left)
    }
  }

  /// products [3, outputChannels] += the gradient of a symbol times its colour: the transpose of `mix`.
  @inline(__always)
  private func spread(
    _ gradient: UnsafePointer<Float>, _ colour: SIMD3<Float>, to products: UnsafeMutablePointer<Float>
  ) {
    Lanes.forEach(outputChannels) { i, left in
      let g = Lanes.load(gradient + i, remaining: left)
      for channel in 0..<3 {
        let target = products + channel * outputChannels + i
        let sum = Lanes.fused(g, Lanes.Vector(repeating: colour[channel]), Lanes.load(target, remaining: left))
        Lanes.store(sum, to: target, remaining: left)
      }
    }
  }
}

/// A picture that consists of square tiles of one colour on black: rows x columns cells with one symbol each.
///
/// Symbol 0 is a black cell; symbol 1 + mask * colours.count + colour shows a mask in a colour.
public struct Mosaic: Sendable, Hashable {
  public let rows: Int
  public let columns: Int
  /// Side of a tile in pixels, at most 8.
  public let side: Int
  /// The tiles' shapes: bit y * side + x is set if that pixel is painted.
  public let masks: [UInt64]
  /// Red, green and blue, as the convolution reads them.
  public let colours: [SIMD3<Float>]

  public init(rows: Int, columns: Int, side: Int, masks: [UInt64], colours: [SIMD3<Float>]) {
    precondition((1...8).contains(side), "a tile with a side of \(side) pixels does not fit 64 bits")
    self.rows = rows
    self.columns = columns
    self.side = side
    self.masks = masks
    self.colours = colours
  }

  public var cellCount: Int { rows * columns }
  public var symbolCount: Int { 1 + masks.count * colours.count }

  @inlinable public func isPainted(mask: Int, x: Int, y: Int) -> Bool {
    masks[mask] >> UInt64(y * side + x) & 1 != 0
  }
}

/// An overlap of a convolution's kernel with one tile along one axis: `count` pixels of the tile from `pixelStart` on meet
/// the kernel's weights from `kernelStart` on.
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
