import Runtime
import Tensor

extension Kernel {
  /// Convolutions, compared with copying the windows and multiplying by OpenBLAS; convolutions of symbols, compared with
  /// a plain loop.
  static var convolutions: [Kernel] {
    // The second and the third layer of ONI's picture, and layers over NetHack's whole map.
    direct(
      ConvolutionGeometry(inputHeight: 17, inputWidth: 17, inputChannels: 32, outputChannels: 64, kernel: 4, stride: 2))
      + direct(
        ConvolutionGeometry(inputHeight: 7, inputWidth: 7, inputChannels: 64, outputChannels: 128, kernel: 3, stride: 2)
      )
      + direct(
        ConvolutionGeometry(
          inputHeight: 21, inputWidth: 79, inputChannels: 16, outputChannels: 32, kernel: 3, padding: 1))
      + [symbols]
  }

  private static let images = 32

  /// Forward, gradients of the input, gradients of the weights.
  private static func direct(_ g: ConvolutionGeometry) -> [Kernel] {
    let name =
      "convolution \(g.inputHeight)x\(g.inputWidth)x\(g.inputChannels), kernel \(g.kernel), stride \(g.stride), "
      + "to \(g.outputChannels): "
    let convolution = DirectConvolution(g)
    let (x, w) = (FloatBuffer.random(images * g.inputSize), FloatBuffer.random(g.windowSize * g.outputChannels))
    let (y, dx) = (FloatBuffer.random(images * g.outputSize), FloatBuffer(count: images * g.inputSize))
    let dw = FloatBuffer(count: w.count)
    let packed = FloatBuffer(count: convolution.packedCount)
    let transposed = FloatBuffer(count: convolution.packedTransposedCount)
    let scratch = FloatBuffer(count: convolution.scratchCount(maximumImages: images))
    convolution.pack(w.pointer, into: packed.pointer)
    convolution.packTransposed(w.pointer, into: transposed.pointer)
    let positions = g.outputHeight * g.outputWidth
    let rows = images * positions
    let windows = FloatBuffer(count: rows * g.windowSize)
    let results = FloatBuffer(count: rows * g.outputChannels)
    let bias = FloatBuffer(count: g.outputChannels)
    let (windowMatrix, weightMatrix) = (windows.mutable(rows, g.windowSize), w.matrix(g.windowSize, g.outputChannels))
    let gradientMatrix = y.matrix(rows, g.outputChannels)
    let work = Work.operations(2 * images * g.multiplyAdds)
    return [
      Kernel(name + "forward", work, against: "windows and OpenBLAS") {
        convolution.forward(
          x.pointer, images: images, packed: packed.pointer, bias: bias.pointer, elu: false, into: results.pointer,
          scratch: scratch.pointer)
      } yardstick: {
        PlainLoops.forEachWindowLine(g, images: images) { pixel, window, count in
          (windows.pointer + window).update(from: x.pointer + pixel, count: count)
        }
        BLAS.multiply(windowMatrix.view, weightMatrix, into: results.mutable(rows, g.outputChannels))
      },
      Kernel(name + "input gradient", work, against: "windows and OpenBLAS") {
        convolution.writeInputGradients(
          y.pointer, images: images, packed: transposed.pointer, into: dx.pointer, scratch: scratch.pointer)
      } yardstick: {
        BLAS.multiply(gradientMatrix, weightMatrix.transposed, into: windowMatrix)
        dx.fill(0)
        PlainLoops.forEachWindowLine(g, images: images) { pixel, window, count in
          for i in 0..<count { dx.pointer[pixel + i] += windows.pointer[window + i] }
        }
      },
      Kernel(name + "weight gradient", work, against: "windows and OpenBLAS") {
        convolution.addWeightGradients(
          x.pointer, outputGradients: y.pointer, images: images, to: dw.pointer, scratch: scratch.pointer)
      } yardstick: {
        PlainLoops.forEachWindowLine(g, images: images) { pixel, window, count in
          (windows.pointer + window).update(from: x.pointer + pixel, count: count)
        }
        BLAS.multiply(
          windowMatrix.view.transposed, gradientMatrix, into: dw.mutable(g.windowSize, g.outputChannels),
          accumulate: true)
      },
    ]
  }

  /// A 3x3 convolution over NetHack's map of symbols: one row of a table for each cell under the kernel.
  private static var symbols: Kernel {
    let (symbolCount, channels) = (5_976, 16)
    let geometry = GatherGeometry(rows: 21, columns: 79, kernel: 3, padding: 1)
    let rows = FloatBuffer.random(symbolCount * geometry.tapCount * channels)
    let bias = FloatBuffer(count: channels)
    let y = FloatBuffer(count: geometry.positionCount * channels)
    var generator = RandomGenerator(seed: 3)
    // Most of a map is a few symbols.
    let cells = (0..<geometry.cellCount).map { _ in Int16(generator.below(generator.below(8) == 0 ? symbolCount : 8)) }
    return Kernel(
      "3x3 convolution of 21x79 symbols to \(channels)", .operations(geometry.entries.count * channels),
      against: "plain loop"
    ) {
      let table = GatherTable(rows.pointer, symbolCount: symbolCount, channels: channels)
      GatherConvolution.forwardELU(
        cells, type: .int16, geometry: geometry, table: table, bias: bias.pointer, into: y.pointer)
    } yardstick: {
      PlainLoops.gatherConvolution(
        cells, geometry: geometry, table: rows.pointer, channels: channels, bias: bias.pointer, into: y.pointer)
    }
  }
}
