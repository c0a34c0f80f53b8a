import Tensor

/// A convolution along a text over embedded bytes, without embedding them: y = conv(E[bytes]) + b, stride 1, no padding.
///
/// The contribution of a byte under a tap is its vector times the tap's weights, T[byte][tap] = E[byte] W[tap]. `prepare`
/// tabulates it; an output is then a sum of table rows. Byte 0 is padding: its vector is zero and is not trained.
public struct ByteConvolution: Sendable {
  public static let byteCount = 256

  public let embeddingSize: Int
  public let kernel: Int
  public let outputChannels: Int
  /// [256, embeddingSize]; row 0 stays zero.
  public let embedding: ParameterSlice
  /// [kernel * embeddingSize, outputChannels]; row tap * embeddingSize + component.
  public let weight: ParameterSlice
  /// [outputChannels]
  public let bias: ParameterSlice
  /// Offset of T [256, kernel * outputChannels] in `Weights.prepared`.
  private let table: Int

  /// Number of floats of one byte in the table.
  private var rowSize: Int { kernel * outputChannels }
  /// Number of floats of the memory to which `backward` adds and which `finishBackward` clears; zero at first.
  public var tableGradientCount: Int { Self.byteCount * rowSize }

  public init(
    _ name: String, embeddingSize: Int, kernel: Int, outputChannels: Int, in layout: inout ParameterLayout
  ) {
    self.embeddingSize = embeddingSize
    self.kernel = kernel
    self.outputChannels = outputChannels
    embedding = layout.add(
      "\(name).embedding", [Self.byteCount, embeddingSize], initial: .gaussian(blank: embeddingSize))
    let fanIn = kernel * embeddingSize
    weight = layout.add("\(name).weight", [fanIn, outputChannels], fanIn: fanIn, initial: .uniform)
    bias = layout.add("\(name).bias", [outputChannels], fanIn: fanIn, initial: .uniform)
    table = layout.reserve(Self.byteCount * kernel * outputChannels)
  }

  /// Tabulates the contribution of every byte to an output.
  public func prepare(_ parameters: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>) {
    let vectors: Matrix = embedding.matrix(in: parameters)
    let rows = MutableMatrix(prepared + table, rows: Self.byteCount, columns: rowSize)
    for tap in 0..<kernel {
      BLAS.multiply(vectors, tapWeight(tap, in: parameters), into: rows.columns(channels(tap)))
    }
  }

  /// y [count, outputChannels] of the first `count` windows of a text.
  /// - Parameter bytes: [count + kernel - 1].
  public func forward(
    _ bytes: UnsafePointer<UInt8>, count: Int, into y: UnsafeMutablePointer<Float>, weights: Weights
  ) {
    let rows = weights.prepared + table
    let first = weights.parameters + bias.offset
    for position in 0..<count {
      let output = y + position * outputChannels
      Lanes.forEach(outputChannels) { i, remaining in
        var sum = Lanes.load(first + i, remaining: remaining)
        for tap in 0..<kernel {
          let row = rows + Int(bytes[position + tap]) * rowSize + tap * outputChannels
          sum += Lanes.load(row + i, remaining: remaining)
        }
        Lanes.store(sum, to: output + i, remaining: remaining)
      }
    }
  }

  /// Adds the gradients of the windows of a text: the bias's to `gradients`, the table's to `tableGradients`.
  /// - Parameter outputGradients: d loss / d y [count, outputChannels].
  public func backward(
    _ bytes: UnsafePointer<UInt8>, count: Int, outputGradients: UnsafePointer<Float>,
    gradients: UnsafeMutablePointer<Float>, tableGradients: UnsafeMutablePointer<Float>
  ) {
    for position in 0..<count {
      let gradient = outputGradients + position * outputChannels
      Rows.add(gradient, to: gradients + bias.offset, count: outputChannels)
      for tap in 0..<kernel where bytes[position + tap] != 0 {
        let row = tableGradients + Int(bytes[position + tap]) * rowSize + tap * outputChannels
        Rows.add(gradient, to: row, count: outputChannels)
      }
    }
  }

  /// Adds d loss / d E and d loss / d W of all texts since the last call to `gradients`, and clears `tableGradients`.
  public func finishBackward(
    weights: Weights, tableGradients: UnsafeMutablePointer<Float>, gradients: UnsafeMutablePointer<Float>
  ) {
    let rows = Matrix(tableGradients, rows: Self.byteCount, columns: rowSize)
    let vectors: Matrix = embedding.matrix(in: weights.parameters)
    let vectorGradients: MutableMatrix = embedding.matrix(in: gradients)
    for tap in 0..<kernel {
      let part = rows.columns(channels(tap))
      BLAS.multiply(vectors.transposed, part, into: tapWeight(tap, in: gradients), accumulate: true)
      BLAS.multiply(part, tapWeight(tap, in: weights.parameters).transposed, into: vectorGradients, accumulate: true)
    }
    tableGradients.update(repeating: 0, count: tableGradientCount)
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
