/// A convolution without the detour over copied windows (im2col): the windows are the rows of a packed product, read
/// from where they lie in the image. Images are [height, width, channels].
///
/// Padding, where there is some, is copied around a few images at a time, so that they are still in the second-level
/// cache when they are multiplied.
public struct DirectConvolution: Sendable {
  public let geometry: ConvolutionGeometry
  let inputPadding: ZeroPadding
  let gradientPadding: ZeroPadding
  /// One for each position of an input pixel between two window starts, by line, then column.
  let phases: [ConvolutionPhase]

  /// Floats that padded images may take at a time.
  private static let scratchLimit = 1 << 16

  public init(_ geometry: ConvolutionGeometry) {
    self.geometry = geometry
    let g = geometry
    inputPadding = ZeroPadding(
      height: g.inputHeight, width: g.inputWidth, channels: g.inputChannels, before: g.padding, below: g.padding,
      right: g.padding)
    let stride = g.stride
    // The widest of the kernels that a stride cuts the kernel into, and how far beyond the outputs an input can ask.
    let before = (g.kernel + stride - 1) / stride - 1
    let below = max((g.inputHeight - 1 + g.padding) / stride + 1 - g.outputHeight, 0)
    let right = max((g.inputWidth - 1 + g.padding) / stride + 1 - g.outputWidth, 0)
    let padding = ZeroPadding(
      height: g.outputHeight, width: g.outputWidth, channels: g.outputChannels, before: before, below: below,
      right: right)
    gradientPadding = padding
    var offset = 0
    var phases: [ConvolutionPhase] = []
    for line in 0..<stride {
      for column in 0..<stride {
        let phase = ConvolutionPhase(line: line, column: column, g, padding, packedOffset: offset)
        offset += phase.packedCount
        phases.append(phase)
      }
    }
    self.phases = phases
  }

  /// Floats of the weights packed for `forward`.
  public var packedCount: Int {
    PackedWeights.floatCount(inputs: geometry.windowSize, outputs: geometry.outputChannels)
  }

  /// Floats of the weights packed for `inputGradients`.
  public var packedTransposedCount: Int { phases.reduce(0) { $0 + $1.packedCount } }

  /// Floats of scratch memory that a pass over up to `maximumImages` needs.
  public func scratchCount(maximumImages: Int) -> Int {
    let forward = inputPadding.isEmpty ? 0 : chunk(maximumImages, inputPadding) * inputPadding.imageSize
    let backward = gradientPadding.isEmpty ? 0 : chunk(maximumImages, gradientPadding) * gradientPadding.imageSize
    return max(forward, backward)
  }

  /// Images that are padded at a time.
  private func chunk(_ images: Int, _ padding: ZeroPadding) -> Int {
    padding.isEmpty ? images : min(images, max(Self.scratchLimit / padding.imageSize, 1))
  }

  /// Calls `body` with a few (padded) images at a time.
  func forEachChunk(
    of images: UnsafePointer<Float>, count: Int, _ padding: ZeroPadding, scratch: UnsafeMutablePointer<Float>,
    _ body: (_ first: Int, _ count: Int, _ padded: UnsafePointer<Float>) -> Void
  ) {
    let step = max(chunk(count, padding), 1)
    for first in stride(from: 0, to: count, by: step) {
      let number = min(step, count - first)
      let source = images + first * padding.height * padding.width * padding.channels
      if padding.isEmpty {
        body(first, number, source)
      } else {
        padding.copy(source, count: number, to: scratch)
        body(first, number, scratch)
      }
    }
  }

  /// The windows of `images` padded images.
  func windows(images: Int) -> (rows: RowGrid, segments: RowSegments) {
    let line = inputPadding.lineStride
    let grid = RowGrid(
      images: images, height: geometry.outputHeight, width: geometry.outputWidth, imageStride: inputPadding.imageSize,
      lineStride: geometry.stride * line, columnStride: geometry.stride * geometry.inputChannels)
    return (grid, RowSegments(count: geometry.kernel, length: geometry.kernel * geometry.inputChannels, stride: line))
  }
}
