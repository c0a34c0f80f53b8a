/// A convolution without copied windows (im2col): the windows are the rows of a packed product, read directly from the image.
/// Images are [height, width, channels].
///
/// If there is padding, a few images at a time are copied with it, so that they are still in the second-level cache for the
/// product.
public struct DirectConvolution: Sendable {
  public let geometry: ConvolutionGeometry
  private let inputPadding: ZeroPadding
  private let gradientPadding: ZeroPadding
  /// One phase for each position of an input pixel between two window starts, by line, then column.
  private let phases: [ConvolutionPhase]

  /// Largest number of floats of the images that are padded at a time.
  private static let scratchLimit = 1 << 16

  public init(_ geometry: ConvolutionGeometry) {
    self.geometry = geometry
    let g = geometry
    inputPadding = ZeroPadding(
      height: g.inputHeight, width: g.inputWidth, channels: g.inputChannels, before: g.padding, below: g.padding,
      right: g.padding)
    let stride = g.stride
    // The largest phase of the kernel, and the distance to which inputs reach beyond the outputs.
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

  /// Number of floats of the weights packed for `forward`.
  public var packedCount: Int {
    PackedWeights.floatCount(inputs: geometry.windowSize, outputs: geometry.outputChannels)
  }

  /// Floats of the weights packed for `inputGradients`.
  public var packedTransposedCount: Int { phases.reduce(0) { $0 + $1.packedCount } }

  /// Number of floats of scratch memory for a pass over up to `maximumImages` images.
  public func scratchCount(maximumImages: Int) -> Int {
    let forward = inputPadding.isEmpty ? 0 : chunk(maximumImages, inputPadding) * inputPadding.imageSize
    let backward = gradientPadding.isEmpty ? 0 : chunk(maximumImages, gradientPadding) * gradientPadding.imageSize
    return max(forward, backward)
  }

  /// Number of images that are padded at a time.
  private func chunk(_ images: Int, _ padding: ZeroPadding) -> Int {
    padding.isEmpty ? images : min(images, max(Self.scratchLimit / padding.imageSize, 1))
  }

  /// Calls `body` with a few padded images at a time.
  private func forEachChunk(
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
  private func windows(images: Int) -> (rows: RowGrid, segments: RowSegments) {
    let line = inputPadding.lineStride
    let grid = RowGrid(
      images: images, height: geometry.outputHeight, width: geometry.outputWidth, imageStride: inputPadding.imageSize,
      lineStride: geometry.stride * line, columnStride: geometry.stride * geometry.inputChannels)
    return (grid, RowSegments(count: geometry.kernel, length: geometry.kernel * geometry.inputChannels, stride: line))
  }

  /// Packs `weights` [kernel, kernel, inputChannels, outputChannels] for `forward`.
  public func pack(_ weights: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>) {
    PackedWeights.pack(
      Matrix(weights, rows: geometry.windowSize, columns: geometry.outputChannels), into: packed)
  }

  /// Packs the same weights for `writeInputGradients`.
  public func packTransposed(_ weights: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>) {
    for phase in phases { phase.pack(weights, geometry, into: packed) }
  }

  /// y = x * W (+ bias), then elu(y) if `elu`.
  ///
  /// - Parameters:
  ///   - x: [images, inputHeight, inputWidth, inputChannels].
  ///   - packed: the result of `pack`.
  ///   - bias: [outputChannels], or nil for none.
  ///   - y: [images, outputHeight, outputWidth, outputChannels].
  ///   - scratch: `scratchCount(maximumImages:)` floats.
  public func forward(
    _ x: UnsafePointer<Float>, images: Int, packed: UnsafePointer<Float>, bias: UnsafePointer<Float>?,
    elu: Bool = false, into y: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
  ) {
    let weights = PackedWeights(packed, inputs: geometry.windowSize, outputs: geometry.outputChannels)
    forEachChunk(of: x, count: images, inputPadding, scratch: scratch) { first, count, padded in
      let (rows, segments) = windows(images: count)
      PackedProduct.multiply(
        padded, rows: rows, segments: segments, weights, bias: bias, into: y + first * geometry.outputSize,
        rows: RowGrid(count: rows.count, stride: geometry.outputChannels), elu: elu)
    }
  }

  /// Writes d loss / d x.
  ///
  /// - Parameters:
  ///   - outputGradients: d loss / d (x * W) [images, outputHeight, outputWidth, outputChannels].
  ///   - packed: the result of `packTransposed`.
  ///   - inputGradients: [images, inputHeight, inputWidth, inputChannels], overwritten.
  ///   - scratch: `scratchCount(maximumImages:)` floats.
  public func writeInputGradients(
    _ outputGradients: UnsafePointer<Float>, images: Int, packed: UnsafePointer<Float>,
    into inputGradients: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
  ) {
    forEachChunk(of: outputGradients, count: images, gradientPadding, scratch: scratch) { first, count, padded in
      for phase in phases {
        phase.write(padded, images: count, packed: packed, into: inputGradients + first * geometry.inputSize)
      }
    }
  }

  /// Adds d loss / d W to `gradients` [kernel, kernel, inputChannels, outputChannels].
  ///
  /// - Parameters:
  ///   - x: input of the forward pass.
  ///   - outputGradients: as for `writeInputGradients`.
  ///   - scratch: `scratchCount(maximumImages:)` floats.
  public func addWeightGradients(
    _ x: UnsafePointer<Float>, outputGradients: UnsafePointer<Float>, images: Int,
    to gradients: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
  ) {
    let channels = geometry.outputChannels
    forEachChunk(of: x, count: images, inputPadding, scratch: scratch) { first, count, padded in
      let (rows, segments) = windows(images: count)
      GradientProduct.add(
        padded, rows: rows, segments: segments,
        outputGradients: Matrix(
          outputGradients + first * geometry.outputSize, rows: rows.count, columns: channels),
        to: MutableMatrix(gradients, rows: geometry.windowSize, columns: channels))
    }
  }
}
