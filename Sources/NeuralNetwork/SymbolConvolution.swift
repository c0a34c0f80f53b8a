import Tensor

/// A first convolution, with ELU, over a grid of symbols.
///
/// `prepare` tabulates the contribution of each symbol to an output, once for each version of the weights. The output of a
/// frame is then a sum of table rows.
public protocol SymbolConvolution: Sendable {
  /// Tabulates the contribution of every symbol to an output.
  func prepare(_ parameters: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>)

  /// y [outputRows, outputColumns, outputChannels] of one frame.
  /// - Parameter symbols: [cellCount] integers of `type`; a value outside the table counts as the last symbol.
  func forward(
    _ symbols: UnsafeRawPointer, type: ScalarType, into y: UnsafeMutablePointer<Float>, weights: Weights)

  /// Adds the gradients of a frame: the bias's to `gradients`, the table's to `tableGradients`.
  /// - Parameters:
  ///   - y: output of the forward pass.
  ///   - outputGradients: d loss / d y.
  func backward(
    _ symbols: UnsafeRawPointer, type: ScalarType, y: UnsafePointer<Float>, outputGradients: UnsafePointer<Float>,
    gradients: UnsafeMutablePointer<Float>, tableGradients: UnsafeMutablePointer<Float>)

  /// Adds the gradients of the parameters behind the table, for all frames since the last call, and clears
  /// `tableGradients`.
  func finishBackward(
    weights: Weights, tableGradients: UnsafeMutablePointer<Float>, gradients: UnsafeMutablePointer<Float>)

  /// Number of symbols of a frame.
  var cellCount: Int { get }
  /// Number of floats of a frame's output [outputRows, outputColumns, outputChannels].
  var outputCount: Int { get }
  var outputRows: Int { get }
  var outputColumns: Int { get }
  var outputChannels: Int { get }
  /// Additions in the forward pass of a frame.
  var multiplyAdds: Int { get }
  /// Number of floats of the memory to which `backward` adds and which `finishBackward` clears; zero at first.
  var tableGradientCount: Int { get }
}

/// A convolution with ELU over embedded symbols, without embedding them: y = elu(conv(embedding[symbols]) + b), stride 1.
///
/// The contribution of a symbol g under a tap is its vector times the tap's weights, T[g][tap] = E[g] W[tap]. `prepare`
/// tabulates it; the output of a frame is then a sum of table rows.
public struct EmbeddedConvolution: SymbolConvolution {
  public let symbolCount: Int
  public let embeddingSize: Int
  /// Side of the kernel, and cells of padding on each side.
  public let kernel: Int
  public let padding: Int
  public let outputRows: Int
  public let outputColumns: Int
  /// A multiple of 8.
  public let outputChannels: Int
  /// [symbolCount, embeddingSize]
  public let embedding: ParameterSlice
  /// [kernel * kernel * embeddingSize, outputChannels]; row (y * kernel + x) * embeddingSize + component.
  public let weight: ParameterSlice
  /// [outputChannels]
  public let bias: ParameterSlice
  /// Offset of the table in `Weights.prepared`.
  private let table: Int
  /// Offsets of the weights of all taps as one matrix [embeddingSize, taps * outputChannels], and of its packed copy.
  private let joinedTaps, packed: Int

  let geometry: GatherGeometry

  /// A kernel x kernel convolution over rows x columns cells. Cells in the `padding` around them contribute nothing.
  public init(
    _ name: String, rows: Int, columns: Int, symbolCount: Int, embeddingSize: Int, kernel: Int, padding: Int,
    outputChannels: Int, in layout: inout ParameterLayout
  ) {
    self.symbolCount = symbolCount
    self.embeddingSize = embeddingSize
    self.outputChannels = outputChannels
    self.kernel = kernel
    self.padding = padding
    outputRows = rows + 2 * padding - kernel + 1
    outputColumns = columns + 2 * padding - kernel + 1
    geometry = GatherGeometry(rows: rows, columns: columns, kernel: kernel, padding: padding)
    embedding = layout.add("\(name).embedding", [symbolCount, embeddingSize], initial: .gaussian())
    let fanIn = kernel * kernel * embeddingSize
    weight = layout.add("\(name).weight", [fanIn, outputChannels], fanIn: fanIn, initial: .orthogonal())
    bias = layout.add("\(name).bias", [outputChannels], fanIn: fanIn)
    let rowSize = geometry.tapCount * outputChannels
    table = layout.reserve(symbolCount * rowSize)
    joinedTaps = layout.reserve(embeddingSize * rowSize)
    packed = layout.reserve(PackedWeights.floatCount(inputs: embeddingSize, outputs: rowSize))
  }

  /// Number of cells under the kernel.
  public var tapCount: Int { geometry.tapCount }
  public var cellCount: Int { geometry.cellCount }
  /// Number of floats of a frame's output [outputRows, outputColumns, outputChannels].
  public var outputCount: Int { geometry.positionCount * outputChannels }
  /// Additions in the forward pass of a frame.
  public var multiplyAdds: Int { geometry.entries.count * outputChannels }
  /// Number of floats of the memory to which `backward` adds and which `finishBackward` clears; zero at first.
  public var tableGradientCount: Int {
    GatherTableGradients.count(symbolCount: symbolCount, rowSize: rowSize) + 2 * symbolCount * embeddingSize
  }

  /// Number of floats of one symbol in the table.
  private var rowSize: Int { geometry.tapCount * outputChannels }

  /// Tabulates the contribution of every symbol to an output.
  public func prepare(_ parameters: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>) {
    let taps = MutableMatrix(prepared + joinedTaps, rows: embeddingSize, columns: rowSize)
    for tap in 0..<geometry.tapCount {
      let source: Matrix = tapWeight(tap, in: parameters)
      let target = taps.columns(channels(tap))
      for row in 0..<embeddingSize { Rows.copy(source.row(row), to: target.row(row), count: outputChannels) }
    }
    PackedWeights.pack(taps.view, into: prepared + packed)
    PackedProduct.multiply(
      embedding.matrix(in: parameters),
      PackedWeights(prepared + packed, inputs: embeddingSize, outputs: rowSize),
      into: MutableMatrix(prepared + table, rows: symbolCount, columns: rowSize))
  }

  /// y [outputRows, outputColumns, outputChannels] of one frame.
  /// - Parameter symbols: [rows, columns], integers of `type`; a value outside the table counts as the last symbol.
  public func forward(
    _ symbols: UnsafeRawPointer, type: ScalarType, into y: UnsafeMutablePointer<Float>, weights: Weights
  ) {
    GatherConvolution.forwardELU(
      symbols, type: type, geometry: geometry,
      table: GatherTable(weights.prepared + table, symbolCount: symbolCount, channels: outputChannels),
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
      tableGradients: GatherTableGradients(tableGradients, symbolCount: symbolCount, rowSize: rowSize),
      biasGradients: gradients + bias.offset)
  }

  /// Adds d loss / d embedding and d loss / d weight of all frames since the last call to `gradients`, and leaves the
  /// rows of `tableGradients` zero.
  public func finishBackward(
    weights: Weights, tableGradients: UnsafeMutablePointer<Float>, gradients: UnsafeMutablePointer<Float>
  ) {
    let parameters = weights.parameters
    let table = GatherTableGradients(tableGradients, symbolCount: symbolCount, rowSize: rowSize)
    let vectors = tableGradients + GatherTableGradients.count(symbolCount: symbolCount, rowSize: rowSize)
    let vectorGradients = vectors + symbolCount * embeddingSize
    // The rows of the symbols that occurred move to the front, so that the products skip all others.
    var count = 0
    for symbol in 0..<symbolCount where table.isMarked(symbol) {
      Rows.copy(
        parameters + embedding.offset + symbol * embeddingSize, to: vectors + count * embeddingSize,
        count: embeddingSize)
      if symbol != count { table.row(count).update(from: table.row(symbol), count: rowSize) }
      count += 1
    }
    guard count > 0 else { return }
    let rows = Matrix(table.rows, rows: count, columns: rowSize)
    let used = Matrix(vectors, rows: count, columns: embeddingSize)
    let usedGradients = MutableMatrix(vectorGradients, rows: count, columns: embeddingSize)
    for tap in 0..<geometry.tapCount {
      let part = rows.columns(channels(tap))
      BLAS.multiply(used.transposed, part, into: tapWeight(tap, in: gradients), accumulate: true)
      BLAS.multiply(part, tapWeight(tap, in: parameters).transposed, into: usedGradients, accumulate: tap > 0)
    }
    table.rows.update(repeating: 0, count: count * rowSize)
    var row = 0
    for symbol in 0..<symbolCount where table.isMarked(symbol) {
      Rows.add(
        vectorGradients + row * embeddingSize, to: gradients + embedding.offset + symbol * embeddingSize,
        count: embeddingSize)
      table.clear(symbol)
      row += 1
    }
  }

  private func channels(_ tap: Int) -> Range<Int> { tap * outputChannels..<(tap + 1) * outputChannels }

  private func tapWeight(_ tap: Int, in parameters: UnsafePointer<Float>) -> Matrix {
    Matrix(
      parameters + weight.offset + tap * embeddingSize * outputChannels, rows: embeddingSize, columns: outputChannels)
  }

  private func tapWeight(_ tap: Int, in gradients: UnsafeMutablePointer<Float>) -> MutableMatrix {
    MutableMatrix(
      gradients + weight.offset + tap * embeddingSize * outputChannels, rows: embeddingSize, columns: outputChannels)
  }
}
