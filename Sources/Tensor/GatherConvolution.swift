/// A convolution over a grid of symbols, computed by adding rows of a table instead of multiplying.
///
/// A convolution is linear, so what one cell adds to one output depends on its symbol and on its place under the kernel
/// (the tap) alone. With those products tabulated once per set of weights, an output is its bias plus one table row for
/// each cell the kernel covers. Symbols are not trusted: one outside the table reads and trains its last symbol.
///
/// Entry points are not inlined: they are built once, with this module's flags.
public enum GatherConvolution {
  /// y [positions, channels] = elu(bias + the sum of the table rows of each position).
  /// - Parameters:
  ///   - symbols: [cells]
  ///   - bias: [channels]
  @inline(never)
  public static func forwardELU(
    _ symbols: UnsafePointer<Int16>, geometry: GatherGeometry, table: GatherTable, bias: UnsafePointer<Float>,
    into y: UnsafeMutablePointer<Float>
  ) {
    var channel = 0
    while channel < table.channels {
      let width = blockWidth(table.channels - channel)
      switch width {
      case 32: forward(Float32Block.self, at: channel, symbols, geometry, table, bias, y)
      case 16: forward(SIMD16<Float>.self, at: channel, symbols, geometry, table, bias, y)
      default: forward(SIMD8<Float>.self, at: channel, symbols, geometry, table, bias, y)
      }
      channel += width
    }
    applyELU(y, count: geometry.positionCount * table.channels)
  }

  /// Adds the gradients of a `forwardELU` to those of the table and the bias.
  /// - Parameters:
  ///   - outputs: y of the forward pass [positions, channels].
  ///   - outputGradients: d loss / d y [positions, channels].
  ///   - biasGradients: [channels]
  @inline(never)
  public static func backwardELU(
    _ symbols: UnsafePointer<Int16>, geometry: GatherGeometry, outputs: UnsafePointer<Float>,
    outputGradients: UnsafePointer<Float>, tableGradients: GatherTableGradients,
    biasGradients: UnsafeMutablePointer<Float>
  ) {
    let channels = tableGradients.rowSize / geometry.tapCount
    var channel = 0
    while channel < channels {
      let width = blockWidth(channels - channel)
      switch width {
      case 32:
        backward(
          Float32Block.self, at: channel, symbols, geometry, outputs, outputGradients, tableGradients, biasGradients)
      case 16:
        backward(
          SIMD16<Float>.self, at: channel, symbols, geometry, outputs, outputGradients, tableGradients, biasGradients)
      default:
        backward(
          SIMD8<Float>.self, at: channel, symbols, geometry, outputs, outputGradients, tableGradients, biasGradients)
      }
      channel += width
    }
    for cell in 0..<geometry.cellCount {
      tableGradients.marks[row(of: symbols[cell], symbolCount: tableGradients.symbolCount)] = 1
    }
  }

  /// Whole vectors apart from the rest: in a loop that may meet both, the compiler computes single elements.
  private static func applyELU(_ y: UnsafeMutablePointer<Float>, count: Int) {
    let whole = count / Lanes.width * Lanes.width
    for i in stride(from: 0, to: whole, by: Lanes.width) {
      Lanes.store(Lanes.elu(Lanes.load(y + i, remaining: Lanes.width)), to: y + i, remaining: Lanes.width)
    }
    guard whole < count else { return }
    Lanes.store(Lanes.elu(Lanes.load(y + whole, remaining: count - whole)), to: y + whole, remaining: count - whole)
  }

  private static func blockWidth(_ channels: Int) -> Int { channels >= 32 ? 32 : channels >= 16 ? 16 : 8 }

  /// As an unsigned number a negative symbol is too large.
  @inline(__always)
  private static func row(of symbol: Int16, symbolCount: Int) -> Int {
    min(Int(UInt16(bitPattern: symbol)), symbolCount - 1)
  }

  @inline(__always)
  private static func forward<Block: FloatBlock>(
    _: Block.Type, at channel: Int, _ symbols: UnsafePointer<Int16>, _ geometry: GatherGeometry, _ table: GatherTable,
    _ bias: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>
  ) {
    let channels = table.channels
    let symbolStride = geometry.tapCount * channels
    let base = table.pointer + channel
    geometry.withLists { entries, starts in
      for position in 0..<geometry.positionCount {
        var sum = Block.load(bias + channel)
        for index in Int(starts[position])..<Int(starts[position + 1]) {
          let entry = entries[index]
          let symbol = row(of: symbols[Int(entry.cell)], symbolCount: table.symbolCount)
          sum = Block.sum(sum, Block.load(base + symbol * symbolStride + Int(entry.tap) * channels))
        }
        sum.store(to: y + position * channels + channel)
      }
    }
  }

  @inline(__always)
  private static func backward<Block: FloatBlock>(
    _: Block.Type, at channel: Int, _ symbols: UnsafePointer<Int16>, _ geometry: GatherGeometry,
    _ outputs: UnsafePointer<Float>, _ outputGradients: UnsafePointer<Float>, _ gradients: GatherTableGradients,
    _ biasGradients: UnsafeMutablePointer<Float>
  ) {
    let channels = gradients.rowSize / geometry.tapCount
    let base = gradients.rows + channel
    var biasSum = Block.load(biasGradients + channel)
    geometry.withLists { entries, starts in
      for position in 0..<geometry.positionCount {
        let offset = position * channels + channel
        let gradient = Block.throughELU(Block.load(outputGradients + offset), outputs: Block.load(outputs + offset))
        biasSum = Block.sum(biasSum, gradient)
        for index in Int(starts[position])..<Int(starts[position + 1]) {
          let entry = entries[index]
          let symbol = row(of: symbols[Int(entry.cell)], symbolCount: gradients.symbolCount)
          let target = base + symbol * gradients.rowSize + Int(entry.tap) * channels
          Block.sum(Block.load(target), gradient).store(to: target)
        }
      }
    }
    biasSum.store(to: biasGradients + channel)
  }
}

extension GatherGeometry {
  /// The lists without bounds checks; their indices are checked when the geometry is made.
  @inline(__always)
  fileprivate func withLists(_ body: (UnsafePointer<Entry>, UnsafePointer<Int32>) -> Void) {
    entries.withUnsafeBufferPointer { entries in
      starts.withUnsafeBufferPointer { starts in
        guard let first = entries.baseAddress, let start = starts.baseAddress else { return }
        body(first, start)
      }
    }
  }
}
