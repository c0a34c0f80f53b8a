/// A convolution over a grid of symbols, computed by adding rows of a table instead of multiplying.
///
/// A convolution is linear, so the contribution of a cell to an output depends only on its symbol and on its place under the
/// kernel (the tap). With those products tabulated once per set of weights, an output is its bias plus one table row for each
/// cell under the kernel. Symbols are not trusted: a value outside the table counts as the last symbol.
///
/// Entry points are not inlined: the compiler builds them once, with this module's flags.
public enum GatherConvolution {
  /// y [positions, channels] = elu(bias + the sum of the table rows of each position).
  /// - Parameters:
  ///   - symbols: [cells], integers of `type`.
  ///   - bias: [channels]
  @inline(never)
  public static func forwardELU(
    _ symbols: UnsafeRawPointer, type: ScalarType, geometry: GatherGeometry, table: GatherTable,
    bias: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>
  ) {
    switch type {
    case .uint8: forward(symbols.assumingMemoryBound(to: UInt8.self), geometry, table, bias, y)
    case .int8: forward(symbols.assumingMemoryBound(to: Int8.self), geometry, table, bias, y)
    case .int16: forward(symbols.assumingMemoryBound(to: Int16.self), geometry, table, bias, y)
    case .int32: forward(symbols.assumingMemoryBound(to: Int32.self), geometry, table, bias, y)
    case .int64: forward(symbols.assumingMemoryBound(to: Int64.self), geometry, table, bias, y)
    case .float32: preconditionFailure("symbols are integers")
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
    _ symbols: UnsafeRawPointer, type: ScalarType, geometry: GatherGeometry, outputs: UnsafePointer<Float>,
    outputGradients: UnsafePointer<Float>, tableGradients: GatherTableGradients,
    biasGradients: UnsafeMutablePointer<Float>
  ) {
    let pass = BackwardPass(
      geometry: geometry, outputs: outputs, outputGradients: outputGradients, tableGradients: tableGradients,
      biasGradients: biasGradients)
    switch type {
    case .uint8: backward(symbols.assumingMemoryBound(to: UInt8.self), pass)
    case .int8: backward(symbols.assumingMemoryBound(to: Int8.self), pass)
    case .int16: backward(symbols.assumingMemoryBound(to: Int16.self), pass)
    case .int32: backward(symbols.assumingMemoryBound(to: Int32.self), pass)
    case .int64: backward(symbols.assumingMemoryBound(to: Int64.self), pass)
    case .float32: preconditionFailure("symbols are integers")
    }
  }

  /// Handles whole vectors separately from the rest: in a loop with both, the compiler computes single elements.
  private static func applyELU(_ y: UnsafeMutablePointer<Float>, count: Int) {
    let whole = count / Lanes.width * Lanes.width
    for i in stride(from: 0, to: whole, by: Lanes.width) {
      Lanes.store(Lanes.elu(Lanes.load(y + i, remaining: Lanes.width)), to: y + i, remaining: Lanes.width)
    }
    guard whole < count else { return }
    Lanes.store(Lanes.elu(Lanes.load(y + whole, remaining: count - whole)), to: y + whole, remaining: count - whole)
  }

  private static func blockWidth(_ channels: Int) -> Int { channels >= 32 ? 32 : channels >= 16 ? 16 : 8 }

  /// The table row of a symbol. Read as an unsigned number, a negative symbol is too large.
  @inline(__always)
  private static func row<Symbol: FixedWidthInteger>(of symbol: Symbol, symbolCount: Int) -> Int {
    Int(min(UInt(truncatingIfNeeded: symbol), UInt(bitPattern: symbolCount - 1)))
  }
}

extension GatherConvolution {
  @inline(__always)
  private static func forward<Symbol: FixedWidthInteger>(
    _ symbols: UnsafePointer<Symbol>, _ geometry: GatherGeometry, _ table: GatherTable, _ bias: UnsafePointer<Float>,
    _ y: UnsafeMutablePointer<Float>
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
  }

  /// The sums of one block of channels.
  @inline(__always)
  private static func forward<Block: FloatBlock, Symbol: FixedWidthInteger>(
    _: Block.Type, at channel: Int, _ symbols: UnsafePointer<Symbol>, _ geometry: GatherGeometry,
    _ table: GatherTable, _ bias: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>
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
}

extension GatherConvolution {
  /// The arguments of a backward pass without its symbols.
  private struct BackwardPass {
    let geometry: GatherGeometry
    let outputs: UnsafePointer<Float>
    let outputGradients: UnsafePointer<Float>
    let tableGradients: GatherTableGradients
    let biasGradients: UnsafeMutablePointer<Float>

    var channels: Int { tableGradients.rowSize / geometry.tapCount }
  }

  @inline(__always)
  private static func backward<Symbol: FixedWidthInteger>(_ symbols: UnsafePointer<Symbol>, _ pass: BackwardPass) {
    var channel = 0
    while channel < pass.channels {
      let width = blockWidth(pass.channels - channel)
      switch width {
      case 32: backward(Float32Block.self, at: channel, symbols, pass)
      case 16: backward(SIMD16<Float>.self, at: channel, symbols, pass)
      default: backward(SIMD8<Float>.self, at: channel, symbols, pass)
      }
      channel += width
    }
    let gradients = pass.tableGradients
    for cell in 0..<pass.geometry.cellCount {
      gradients.marks[row(of: symbols[cell], symbolCount: gradients.symbolCount)] = 1
    }
  }

  /// The gradients of one block of channels.
  @inline(__always)
  private static func backward<Block: FloatBlock, Symbol: FixedWidthInteger>(
    _: Block.Type, at channel: Int, _ symbols: UnsafePointer<Symbol>, _ pass: BackwardPass
  ) {
    let channels = pass.channels
    let gradients = pass.tableGradients
    let base = gradients.rows + channel
    var biasSum = Block.load(pass.biasGradients + channel)
    pass.geometry.withLists { entries, starts in
      for position in 0..<pass.geometry.positionCount {
        let offset = position * channels + channel
        let gradient = Block.throughELU(
          Block.load(pass.outputGradients + offset), outputs: Block.load(pass.outputs + offset))
        biasSum = Block.sum(biasSum, gradient)
        for index in Int(starts[position])..<Int(starts[position + 1]) {
          let entry = entries[index]
          let symbol = row(of: symbols[Int(entry.cell)], symbolCount: gradients.symbolCount)
          let target = base + symbol * gradients.rowSize + Int(entry.tap) * channels
          Block.sum(Block.load(target), gradient).store(to: target)
        }
      }
    }
    biasSum.store(to: pass.biasGradients + channel)
  }
}

extension GatherGeometry {
  /// The lists without bounds checks; the initialiser of the geometry has checked their indices.
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

/// Neighbouring floats that are loaded, added and stored together: a row of channels in as few registers as it needs.
protocol FloatBlock {
  static var width: Int { get }
  static func load(_ pointer: UnsafePointer<Float>) -> Self
  func store(to pointer: UnsafeMutablePointer<Float>)
  static func sum(_ a: Self, _ b: Self) -> Self
  /// gradients * elu'(x), from outputs = elu(x).
  static func throughELU(_ gradients: Self, outputs: Self) -> Self
}

// Concrete vectors, because operators on a generic SIMD type may be compiled to loops over its elements.

extension SIMD8<Float>: FloatBlock {
  static var width: Int { 8 }
  @inline(__always) static func load(_ pointer: UnsafePointer<Float>) -> Self {
    UnsafeRawPointer(pointer).loadUnaligned(as: Self.self)
  }
  @inline(__always) func store(to pointer: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(pointer).storeBytes(of: self, as: Self.self)
  }
  @inline(__always) static func sum(_ a: Self, _ b: Self) -> Self { a + b }
  @inline(__always) static func throughELU(_ gradients: Self, outputs: Self) -> Self {
    gradients * (outputs + 1).replacing(with: 1, where: outputs .> 0)
  }
}

extension SIMD16<Float>: FloatBlock {
  static var width: Int { 16 }
  @inline(__always) static func load(_ pointer: UnsafePointer<Float>) -> Self {
    UnsafeRawPointer(pointer).loadUnaligned(as: Self.self)
  }
  @inline(__always) func store(to pointer: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(pointer).storeBytes(of: self, as: Self.self)
  }
  @inline(__always) static func sum(_ a: Self, _ b: Self) -> Self { a + b }
  @inline(__always) static func throughELU(_ gradients: Self, outputs: Self) -> Self {
    gradients * (outputs + 1).replacing(with: 1, where: outputs .> 0)
  }
}

/// 32 floats. Not SIMD32<Float>, whose operators are compiled to loops over its elements.
struct Float32Block: FloatBlock {
  let low: SIMD16<Float>
  let high: SIMD16<Float>

  static var width: Int { 32 }
  @inline(__always) static func load(_ pointer: UnsafePointer<Float>) -> Self {
    Self(low: .load(pointer), high: .load(pointer + 16))
  }
  @inline(__always) func store(to pointer: UnsafeMutablePointer<Float>) {
    low.store(to: pointer)
    high.store(to: pointer + 16)
  }
  @inline(__always) static func sum(_ a: Self, _ b: Self) -> Self {
    Self(low: a.low + b.low, high: a.high + b.high)
  }
  @inline(__always) static func throughELU(_ gradients: Self, outputs: Self) -> Self {
    Self(
      low: .throughELU(gradients.low, outputs: outputs.low), high: .throughELU(gradients.high, outputs: outputs.high))
  }
}
