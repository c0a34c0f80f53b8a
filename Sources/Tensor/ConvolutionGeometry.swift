/// The shape of a convolution over images [height, width, channels]: square kernel, the same stride and zero padding in
/// both directions.
///
/// Weights are [kernel, kernel, inputChannels, outputChannels]: as a matrix, one row for each number of a window.
public struct ConvolutionGeometry: Sendable, Hashable {
  public let inputHeight: Int
  public let inputWidth: Int
  public let inputChannels: Int
  public let outputChannels: Int
  public let kernel: Int
  public let stride: Int
  /// Zeros on each side.
  public let padding: Int

  public init(
    inputHeight: Int, inputWidth: Int, inputChannels: Int, outputChannels: Int, kernel: Int, stride: Int = 1,
    padding: Int = 0
  ) {
    precondition(
      inputHeight > 0 && inputWidth > 0 && inputChannels > 0 && outputChannels > 0,
      "a convolution needs at least one pixel and channel")
    precondition(stride > 0 && kernel >= stride, "a kernel of \(kernel) leaves gaps with stride \(stride)")
    precondition(padding >= 0 && padding < kernel, "a padding of \(padding) makes windows of zeros only")
    precondition(
      min(inputHeight, inputWidth) + 2 * padding >= kernel, "the image is smaller than the kernel of \(kernel)")
    self.inputHeight = inputHeight
    self.inputWidth = inputWidth
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
  }

  public var outputHeight: Int { (inputHeight + 2 * padding - kernel) / stride + 1 }
  public var outputWidth: Int { (inputWidth + 2 * padding - kernel) / stride + 1 }
  /// Floats of an image.
  public var inputSize: Int { inputHeight * inputWidth * inputChannels }
  /// Floats of a result.
  public var outputSize: Int { outputHeight * outputWidth * outputChannels }
  /// Numbers of a window: rows of the weight matrix.
  public var windowSize: Int { kernel * kernel * inputChannels }
  /// Multiplications of an image's forward pass.
  public var multiplyAdds: Int { outputHeight * outputWidth * windowSize * outputChannels }
}
