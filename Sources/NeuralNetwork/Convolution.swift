import Runtime
import Tensor

/// y = elu(x * W + b) over images [height, width, channels], which a row holds one after the other.
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
    weight = layout.add("\(name).weight", [fanIn, geometry.outputChannels], fanIn: fanIn)
    bias = layout.add("\(name).bias", [geometry.outputChannels], fanIn: fanIn)
    packed = layout.reserve(direct.packedCount)
    packedTransposed = layout.reserve(direct.packedTransposedCount)
  }

  /// Orthogonal weights, zero bias.
  public func initialise(_ parameters: UnsafeMutablePointer<Float>, generator: inout RandomGenerator) {
    Initialisation.orthogonal(weight.matrix(in: parameters), gain: 1, generator: &generator)
    (parameters + bias.offset).update(repeating: 0, count: bias.count)
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
    precondition(x.stride == inputSize && y.stride == outputSize, "images lie one after the other")
    direct.forward(
      x.pointer, images: x.rows, packed: weights.prepared + packed, bias: weights.parameters + bias.offset, elu: true,
      into: y.pointer, scratch: scratch)
  }

  /// All matrices are contiguous.
  public func backward(
    _ x: Matrix, _ y: Matrix, outputGradients: MutableMatrix, inputGradients: MutableMatrix?, weights: Weights,
    gradients: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
  ) {
    precondition(x.stride == inputSize && outputGradients.stride == outputSize, "images lie one after the other")
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
