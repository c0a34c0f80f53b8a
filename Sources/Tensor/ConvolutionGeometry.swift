/// The shape of a convolution over images [height, width, channels]: a square kernel, and the same stride and zero padding in
/// both directions.
///
/// Weights are [kernel, kernel, inputChannels, outputChannels]; as a matrix they have one row for each number of a window.
public struct ConvolutionGeometry: Sendable, Hashable {
  public let inputHeight: Int
  public let inputWidth: Int
  public let inputChannels: Int
  public let outputChannels: Int
  public let kernel: Int
  public let stride: Int
  /// Number of zeros on each side.
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
  /// Number of floats of an image.
  public var inputSize: Int { inputHeight * inputWidth * inputChannels }
  /// Number of floats of a result.
  public var outputSize: Int { outputHeight * outputWidth * outputChannels }
  /// Number of floats of a window, which is the number of rows of the weight matrix.
  public var windowSize: Int { kernel * kernel * inputChannels }
  /// Multiplications in the forward pass of an image.
  public var multiplyAdds: Int { outputHeight * outputWidth * windowSize * outputChannels }
}

/// Copies images [height, width, channels] and surrounds them with zeros.
struct ZeroPadding: Sendable, Hashable {
  let height: Int
  let width: Int
  let channels: Int
  /// Number of lines of zeros above and of columns of zeros on the left.
  let before: Int
  /// Number of lines of zeros below.
  let below: Int
  /// Number of columns of zeros on the right.
  let right: Int

  var paddedHeight: Int { before + height + below }
  var paddedWidth: Int { before + width + right }
  /// Number of floats from one line of a padded image to the next.
  var lineStride: Int { paddedWidth * channels }
  /// Number of floats of a padded image.
  var imageSize: Int { paddedHeight * lineStride }
  var isEmpty: Bool { before == 0 && below == 0 && right == 0 }

  /// Writes `count` padded images to `destination`.
  @inline(never)
  func copy(_ images: UnsafePointer<Float>, count: Int, to destination: UnsafeMutablePointer<Float>) {
    let line = width * channels
    let (left, right) = (before * channels, right * channels)
    for image in 0..<count {
      var source = images + image * height * line
      var target = destination + image * imageSize
      target.update(repeating: 0, count: before * lineStride)
      target += before * lineStride
      for _ in 0..<height {
        target.update(repeating: 0, count: left)
        (target + left).update(from: source, count: line)
        (target + left + line).update(repeating: 0, count: right)
        source += line
        target += lineStride
      }
      target.update(repeating: 0, count: below * lineStride)
    }
  }
}

/// The input pixels at one position between two window starts, and the part of the kernel that covers them.
///
/// The gradient of an input pixel is a sum over the windows that contain it. With stride s, pixels i with the same
/// (i + padding) mod s are covered by the same 1/s of the kernel's lines, so their gradients are a plain convolution of the
/// output gradients with those lines in reverse order.
struct ConvolutionPhase: Sendable, Hashable {
  /// The first line and column of the kernel in this phase; the others follow at distances of `stride`.
  let line: Int
  let column: Int
  /// Size of the part of the kernel.
  let kernelHeight: Int
  let kernelWidth: Int
  /// Offset of its packed weights.
  let packedOffset: Int
  /// Size of the matrix of its weights: [kernelHeight, kernelWidth, outputChannels] to input channels.
  let inputs: Int
  let outputs: Int
  /// The places of the windows in padded output gradients, and of the pixels in the input gradients.
  let windowOffset: Int
  let windows: RowGrid
  let segments: RowSegments
  let pixelOffset: Int
  let pixels: RowGrid

  init(line: Int, column: Int, _ g: ConvolutionGeometry, _ padding: ZeroPadding, packedOffset: Int) {
    self.line = line
    self.column = column
    self.packedOffset = packedOffset
    let stride = g.stride
    kernelHeight = (g.kernel - line + stride - 1) / stride
    kernelWidth = (g.kernel - column + stride - 1) / stride
    inputs = kernelHeight * kernelWidth * g.outputChannels
    outputs = g.inputChannels
    // The first window whose pixel of this phase is inside the image, and that pixel.
    let firstWindow = (
      line: max(g.padding - line + stride - 1, 0) / stride, column: max(g.padding - column + stride - 1, 0) / stride
    )
    let firstPixel = (
      line: firstWindow.line * stride + line - g.padding, column: firstWindow.column * stride + column - g.padding
    )
    let height = max((g.inputHeight - firstPixel.line + stride - 1) / stride, 0)
    let width = max((g.inputWidth - firstPixel.column + stride - 1) / stride, 0)
    let channels = g.outputChannels
    windowOffset =
      (firstWindow.line - kernelHeight + 1 + padding.before) * padding.lineStride
      + (firstWindow.column - kernelWidth + 1 + padding.before) * channels
    windows = RowGrid(
      images: 1, height: height, width: width, imageStride: padding.imageSize, lineStride: padding.lineStride,
      columnStride: channels)
    segments = RowSegments(count: kernelHeight, length: kernelWidth * channels, stride: padding.lineStride)
    pixelOffset = (firstPixel.line * g.inputWidth + firstPixel.column) * g.inputChannels
    pixels = RowGrid(
      images: 1, height: height, width: width, imageStride: g.inputSize,
      lineStride: stride * g.inputWidth * g.inputChannels, columnStride: stride * g.inputChannels)
  }

  var packedCount: Int { PackedWeights.floatCount(inputs: inputs, outputs: outputs) }

  /// Packs this phase's part of `weights` [kernel, kernel, inputChannels, outputChannels].
  func pack(_ weights: UnsafePointer<Float>, _ g: ConvolutionGeometry, into packed: UnsafeMutablePointer<Float>) {
    let block = g.inputChannels * g.outputChannels
    for y in 0..<kernelHeight {
      for x in 0..<kernelWidth {
        let sourceLine = line + g.stride * (kernelHeight - 1 - y)
        let sourceColumn = column + g.stride * (kernelWidth - 1 - x)
        let source = Matrix(
          weights + (sourceLine * g.kernel + sourceColumn) * block, rows: g.inputChannels, columns: g.outputChannels)
        PackedWeights.pack(
          source.transposed, into: packed + packedOffset, firstInput: (y * kernelWidth + x) * g.outputChannels,
          inputs: inputs)
      }
    }
  }

  /// Writes the gradients of this phase's pixels for `images` images.
  func write(
    _ padded: UnsafePointer<Float>, images: Int, packed: UnsafePointer<Float>,
    into gradients: UnsafeMutablePointer<Float>
  ) {
    var (windows, pixels) = (windows, pixels)
    windows.images = images
    pixels.images = images
    PackedProduct.multiply(
      padded + windowOffset, rows: windows, segments: segments,
      PackedWeights(packed + packedOffset, inputs: inputs, outputs: outputs), into: gradients + pixelOffset,
      rows: pixels)
  }
}
