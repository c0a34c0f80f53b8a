import Runtime
import Tensor

/// A convolution with ELU over embedded symbols, without embedding them: y = elu(conv(embedding[symbols]) + b), stride 1.
///
/// What a cell adds under a tap is its vector times the tap's weights, T[g][tap] = E[g] W[tap]. `prepare` tabulates that;
/// a frame is then a sum of table rows.
public struct EmbeddedConvolution: SymbolConvolution {
  public let symbolCount: Int
  public let embeddingSize: Int
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
  /// Where the table lies in `Weights.prepared`.
  let table: Int
  /// The weights of all taps side by side, [embeddingSize, taps * outputChannels], and the same packed.
  private let sideBySide, packed: Int

  let geometry: GatherGeometry

  /// A kernel x kernel convolution over rows x columns cells. Cells in the `padding` around them add nothing.
  public init(
    _ name: String, rows: Int, columns: Int, symbolCount: Int, embeddingSize: Int, kernel: Int, padding: Int,
    outputChannels: Int, in layout: inout ParameterLayout
  ) {
    self.symbolCount = symbolCount
    self.embeddingSize = embeddingSize
    self.outputChannels = outputChannels
    outputRows = rows + 2 * padding - kernel + 1
    outputColumns = columns + 2 * padding - kernel + 1
    geometry = GatherGeometry(rows: rows, columns: columns, kernel: kernel, padding: padding)
    embedding = layout.add("\(name).embedding", [symbolCount, embeddingSize])
    let fanIn = kernel * kernel * embeddingSize
    weight = layout.add("\(name).weight", [fanIn, outputChannels], fanIn: fanIn)
    bias = layout.add("\(name).bias", [outputChannels], fanIn: fanIn)
    let rowSize = geometry.tapCount * outputChannels
    table = layout.reserve(symbolCount * rowSize)
    sideBySide = layout.reserve(embeddingSize * rowSize)
    packed = layout.reserve(PackedWeights.floatCount(inputs: embeddingSize, outputs: rowSize))
  }

  /// Cells under the kernel at once.
  public var tapCount: Int { geometry.tapCount }
  public var cellCount: Int { geometry.cellCount }
  /// Floats of a frame's output [outputRows, outputColumns, outputChannels].
  public var outputCount: Int { geometry.positionCount * outputChannels }
  /// Additions of a frame's forward pass.
  public var multiplyAdds: Int { geometry.entries.count * outputChannels }
  /// Floats of the memory `backward` adds to and `finishBackward` empties; zero at first.
  public var tableGradientCount: Int {
    GatherTableGradients.count(symbolCount: symbolCount, rowSize: rowSize) + 2 * symbolCount * embeddingSize
  }

  /// Floats of one symbol in the table.
  private var rowSize: Int { geometry.tapCount * outputChannels }

  /// Gaussian vectors of deviation 1, orthogonal weights times `gain`, zero bias.
  public func initialise(_ parameters: UnsafeMutablePointer<Float>, gain: Float, generator: inout RandomGenerator) {
    Initialisation.gaussian(parameters + embedding.offset, count: embedding.count, deviation: 1, generator: &generator)
    Initialisation.orthogonal(weight.matrix(in: parameters), gain: gain, generator: &generator)
    (parameters + bias.offset).update(repeating: 0, count: outputChannels)
  }

  /// Tabulates what every symbol adds to an output, for these weights.
  public func prepare(_ parameters: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>) {
    let taps = MutableMatrix(prepared + sideBySide, rows: embeddingSize, columns: rowSize)
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
  /// - Parameter symbols: [rows, columns], integers of `type`; one outside the table counts as the last.
  public func forward(
    _ symbols: UnsafeRawPointer, type: ScalarType, into y: UnsafeMutablePointer<Float>, weights: Weights
  ) {
    GatherConvolution.forwardELU(
      symbols, type: type, geometry: geometry,
      table: GatherTable(weights.prepared + table, symbolCount: symbolCount, channels: outputChannels),
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
    // The rows of the symbols that occurred move together at the front, so that the products skip all others.
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
