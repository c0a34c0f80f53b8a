extension DirectConvolution {
  /// Packs `weights` [kernel, kernel, inputChannels, outputChannels] for `forward`.
  public func pack(_ weights: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>) {
    PackedWeights.pack(
      Matrix(weights, rows: geometry.windowSize, columns: geometry.outputChannels), into: packed)
  }

  /// Packs the same weights for `writeInputGradients`.
  public func packTransposed(_ weights: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>) {
    for phase in phases { phase.pack(weights, geometry, into: packed) }
  }

  /// y = x * W (+ bias), then elu(y) when `elu`.
  ///
  /// - Parameters:
  ///   - x: [images, inputHeight, inputWidth, inputChannels].
  ///   - packed: what `pack` wrote.
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
  ///   - packed: what `packTransposed` wrote.
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
  ///   - x: the forward pass's input.
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
