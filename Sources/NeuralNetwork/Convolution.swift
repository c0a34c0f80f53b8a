import Tensor

/// y = elu(x * W + b) over images [height, width, channels]. A row holds one image, pixel after pixel.
public struct Convolution: Layer {
  public let geometry: ConvolutionGeometry
  /// [kernel * kernel * inputChannels, outputChannels]; row (y * kernel + x) * inputChannels + channel.
  public let weight: ParameterSlice
  /// [outputChannels]
  public let bias: ParameterSlice

  private let direct: DirectConvolution
  private let packed: Int
  private let packedTransposed: Int

  public var inputSize: Int { geometry.inputSize }
  public var outputSize: Int { geometry.outputSize }
  public var multiplyAdds: Int { geometry.multiplyAdds }

  public init(_ name: String, _ geometry: ConvolutionGeometry, in layout: inout ParameterLayout) {
    self.geometry = geometry
    direct = DirectConvolution(geometry)
    let fanIn = geometry.windowSize
    weight = layout.add("\(name).weight", [fanIn, geometry.outputChannels], fanIn: fanIn, initial: .orthogonal())
    bias = layout.add("\(name).bias", [geometry.outputChannels], fanIn: fanIn)
    packed = layout.reserve(direct.packedCount)
    packedTransposed = layout.reserve(direct.packedTransposedCount)
  }

  public func prepare(
    _ parameters: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>, forTraining: Bool
  ) {
    direct.pack(parameters + weight.offset, into: prepared + packed)
    if forTraining { direct.packTransposed(parameters + weight.offset, into: prepared + packedTransposed) }
  }

  public func scratchCount(maximumRows: Int) -> Int { direct.scratchCount(maximumImages: maximumRows) }

  /// x and y are contiguous.
  public func forward(_ x: Matrix, into y: MutableMatrix, weights: Weights, scratch: UnsafeMutablePointer<Float>) {
    precondition(x.stride == inputSize && y.stride == outputSize, "images must be contiguous")
    direct.forward(
      x.pointer, images: x.rows, packed: weights.prepared + packed, bias: weights.parameters + bias.offset, elu: true,
      into: y.pointer, scratch: scratch)
  }

  /// All matrices are contiguous.
  public func backward(
    _ x: Matrix, _ y: Matrix, outputGradients: MutableMatrix, inputGradients: MutableMatrix?, weights: Weights,
    gradients: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
  ) {
    precondition(x.stride == inputSize && outputGradients.stride == outputSize, "images must be contiguous")
    Rows.multiplyByELUDerivative(outputGradients, outputs: y)
    let pixels = Matrix(
      outputGradients.pointer, rows: x.rows * geometry.outputHeight * geometry.outputWidth,
      columns: geometry.outputChannels)
    Rows.addColumnSums(of: pixels, to: gradients + bias.offset)
    direct.addWeightGradients(
      x.pointer, outputGradients: outputGradients.pointer, images: x.rows, to: gradients + weight.offset,
      scratch: scratch)
    guard let inputGradients else { return }
    direct.writeInputGradients(
      outputGradients.pointer, images: x.rows, packed: weights.prepared + packedTransposed,
      into: inputGradients.pointer, scratch: scratch)
  }
}

/// y = x * W + b along one dimension with stride 1 and no padding, over contiguous columns of channels.
///
/// The caller passes a pointer to each window, so that the columns of several sequences of different lengths are one product.
/// A window is `kernel` columns: `windowSize` contiguous floats.
public struct Convolution1D: Sendable {
  public let kernel: Int
  public let inputChannels: Int
  public let outputChannels: Int
  /// [kernel * inputChannels, outputChannels]; row tap * inputChannels + channel.
  public let weight: ParameterSlice
  /// [outputChannels]
  public let bias: ParameterSlice
  private let packed: PackedSlice

  /// Number of floats of a window.
  public var windowSize: Int { kernel * inputChannels }

  public init(
    _ name: String, kernel: Int, inputChannels: Int, outputChannels: Int, in layout: inout ParameterLayout
  ) {
    self.kernel = kernel
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    let fanIn = kernel * inputChannels
    weight = layout.add("\(name).weight", [fanIn, outputChannels], fanIn: fanIn, initial: .uniform)
    bias = layout.add("\(name).bias", [outputChannels], fanIn: fanIn, initial: .uniform)
    packed = PackedSlice(weight, in: &layout)
  }

  public func prepare(
    _ parameters: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>, forTraining: Bool
  ) {
    packed.prepare(parameters, into: prepared, forTraining: forTraining)
  }

  /// y [count, outputChannels] = the windows times W, plus b. The bits of a window's output do not depend on the other windows.
  /// - Parameter windows: as many pointers to first columns as y has rows.
  public func forward(_ windows: UnsafePointer<UnsafePointer<Float>>, into y: MutableMatrix, weights: Weights) {
    PackedProduct.multiply(
      windows, segments: RowSegments(length: windowSize), packed.weights(weights),
      bias: weights.parameters + bias.offset, into: y)
  }

  /// Adds d loss / d W and d loss / d b to `gradients`, and writes d loss / d window if the caller wants it. Where windows
  /// overlap, the caller adds up their gradients.
  /// - Parameters:
  ///   - outputGradients: d loss / d y [count, outputChannels].
  ///   - windowGradients: [count, windowSize], overwritten; nil if the caller does not need it.
  public func backward(
    _ windows: UnsafePointer<UnsafePointer<Float>>, outputGradients: Matrix, windowGradients: MutableMatrix?,
    weights: Weights, gradients: UnsafeMutablePointer<Float>
  ) {
    GradientProduct.add(
      windows, segments: RowSegments(length: windowSize), outputGradients: outputGradients,
      to: weight.matrix(in: gradients))
    Rows.addColumnSums(of: outputGradients, to: gradients + bias.offset)
    guard let windowGradients else { return }
    PackedProduct.multiply(outputGradients, packed.transposed(weights), into: windowGradients)
  }
}
