import Runtime
import Tensor

/// A convolution with ELU over the picture of a `Mosaic`, without drawing it: y = elu(conv(picture) + b), no padding.
///
/// The kernel covers part of a few tiles, and what a part adds depends on symbol and part alone. `prepare` tabulates
/// that for all symbols; a frame is then a sum of table rows. A tile being mask times colour, the products are made once
/// for each mask and colour channel, and the sums over the channels once for each symbol.
public struct TileConvolution: SymbolConvolution {
  public let mosaic: Mosaic
  public let kernel: Int
  public let outputRows: Int
  public let outputColumns: Int
  /// A multiple of 8.
  public let outputChannels: Int
  /// [kernel * kernel * 3, outputChannels]; row (y * kernel + x) * 3 + colour channel.
  public let weight: ParameterSlice
  /// [outputChannels]
  public let bias: ParameterSlice
  /// Where the table lies in `Weights.prepared`.
  let table: Int

  let geometry: GatherGeometry
  let verticalParts: [TilePart]
  let horizontalParts: [TilePart]

  public init(
    _ name: String, mosaic: Mosaic, kernel: Int, stride: Int, outputChannels: Int, in layout: inout ParameterLayout
  ) {
    let vertical = TilePart.list(cells: mosaic.rows, side: mosaic.side, kernel: kernel, stride: stride)
    let horizontal = TilePart.list(cells: mosaic.columns, side: mosaic.side, kernel: kernel, stride: stride)
    self.mosaic = mosaic
    self.kernel = kernel
    self.outputChannels = outputChannels
    outputRows = vertical.touches.count
    outputColumns = horizontal.touches.count
    verticalParts = vertical.parts
    horizontalParts = horizontal.parts
    let positions = vertical.touches.flatMap { above in
      horizontal.touches.map { beside in
        above.flatMap { y in
          beside.map { x in
            GatherGeometry.Entry(
              cell: y.cell * mosaic.columns + x.cell, tap: y.part * horizontal.parts.count + x.part)
          }
        }
      }
    }
    geometry = GatherGeometry(
      cellCount: mosaic.cellCount, tapCount: vertical.parts.count * horizontal.parts.count, positions: positions)
    let fanIn = kernel * kernel * 3
    weight = layout.add("\(name).weight", [fanIn, outputChannels], fanIn: fanIn)
    bias = layout.add("\(name).bias", [outputChannels], fanIn: fanIn)
    // Behind the table there is room for the products of one mask.
    let rowSize = geometry.tapCount * outputChannels
    table = layout.reserve(mosaic.symbolCount * rowSize + 3 * rowSize)
  }

  public var cellCount: Int { mosaic.cellCount }
  /// Floats of a frame's output [outputRows, outputColumns, outputChannels].
  public var outputCount: Int { geometry.positionCount * outputChannels }
  /// Additions of a frame's forward pass.
  public var multiplyAdds: Int { geometry.entries.count * outputChannels }
  /// Floats of the memory `backward` adds to and `finishBackward` empties; zero at first.
  public var tableGradientCount: Int {
    GatherTableGradients.count(symbolCount: mosaic.symbolCount, rowSize: rowSize) + maskRowSize
  }

  /// Floats of one symbol in the table.
  var rowSize: Int { geometry.tapCount * outputChannels }
  /// The same for one mask, with its three colour channels apart.
  var maskRowSize: Int { 3 * rowSize }

  /// Orthogonal weights times `gain`, zero bias.
  public func initialise(_ parameters: UnsafeMutablePointer<Float>, gain: Float, generator: inout RandomGenerator) {
    Initialisation.orthogonal(weight.matrix(in: parameters), gain: gain, generator: &generator)
    (parameters + bias.offset).update(repeating: 0, count: outputChannels)
  }

  /// Tabulates what every symbol adds to an output, for these weights.
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
  /// - Parameter symbols: [rows, columns] of the mosaic, integers of `type`; one outside the table counts as the last.
  public func forward(
    _ symbols: UnsafeRawPointer, type: ScalarType, into y: UnsafeMutablePointer<Float>, weights: Weights
  ) {
    GatherConvolution.forwardELU(
      symbols, type: type, geometry: geometry,
      table: GatherTable(weights.prepared + table, symbolCount: mosaic.symbolCount, channels: outputChannels),
      bias: weights.parameters + bias.offset, into: y)
  }

  /// Adds a frame's gradients: those of the bias to `gradients`, those of the table to `tableGradients`.
  /// - Parameters:
  ///   - y: the forward pass's output.
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

  /// Adds d loss / d weight of all frames since the last call to `gradients`, and leaves `tableGradients` zero.
  public func finishBackward(
    weights: Weights, tableGradients: UnsafeMutablePointer<Float>, gradients: UnsafeMutablePointer<Float>
  ) {
    let table = view(tableGradients)
    let products = tableGradients + GatherTableGradients.count(symbolCount: mosaic.symbolCount, rowSize: rowSize)
    // A black cell adds nothing, so its gradients go nowhere.
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
