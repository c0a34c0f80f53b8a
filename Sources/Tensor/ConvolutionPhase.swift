/// The input pixels at one position between two window starts, and the part of the kernel that reaches them.
///
/// The gradient of an input pixel is a sum over the windows that contain it. With stride s, pixels i with the same
/// (i + padding) mod s are reached by the same 1/s of the kernel's lines, so their gradients are a plain convolution of
/// the output gradients with those lines, in reverse order.
struct ConvolutionPhase: Sendable, Hashable {
  /// First line and column of the kernel, of those `stride` apart.
  let line: Int
  let column: Int
  /// Lines and columns of the part of the kernel.
  let kernelHeight: Int
  let kernelWidth: Int
  /// Where its packed weights begin.
  let packedOffset: Int
  /// Matrix of its weights: [kernelHeight, kernelWidth, outputChannels] to input channels.
  let inputs: Int
  let outputs: Int
  /// Where the windows begin in padded output gradients, and the pixels in the input gradients.
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
    // The first window start from which a pixel of the phase lies in the image, and the pixel.
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

  /// Packs this part of `weights` [kernel, kernel, inputChannels, outputChannels].
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

  /// Writes the gradients of this phase's pixels of `images` images.
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
