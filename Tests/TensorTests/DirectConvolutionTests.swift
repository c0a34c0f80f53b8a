import Foundation
import Runtime
import Tensor
import TestSupport
import Testing

@Suite struct DirectConvolutionTests {
  static let geometries = [
    ConvolutionGeometry(inputHeight: 1, inputWidth: 1, inputChannels: 1, outputChannels: 1, kernel: 1),
    ConvolutionGeometry(inputHeight: 5, inputWidth: 4, inputChannels: 3, outputChannels: 5, kernel: 3),
    ConvolutionGeometry(inputHeight: 5, inputWidth: 7, inputChannels: 2, outputChannels: 17, kernel: 3, padding: 1),
    ConvolutionGeometry(inputHeight: 9, inputWidth: 8, inputChannels: 4, outputChannels: 16, kernel: 4, stride: 2),
    ConvolutionGeometry(
      inputHeight: 8, inputWidth: 11, inputChannels: 3, outputChannels: 40, kernel: 5, stride: 3, padding: 2),
    ConvolutionGeometry(
      inputHeight: 7, inputWidth: 7, inputChannels: 9, outputChannels: 33, kernel: 3, stride: 2, padding: 1),
    ConvolutionGeometry(
      inputHeight: 6, inputWidth: 6, inputChannels: 1, outputChannels: 8, kernel: 2, stride: 2),
    ConvolutionGeometry(
      inputHeight: 21, inputWidth: 79, inputChannels: 16, outputChannels: 16, kernel: 3, padding: 1),
  ]

  /// Calls `body` with the place in x, in W and in y of each product that the convolution sums.
  private func forEachProduct(_ g: ConvolutionGeometry, images: Int, _ body: (_ x: Int, _ w: Int, _ y: Int) -> Void) {
    for n in 0..<images {
      for (i, j) in (0..<g.outputHeight).flatMap({ i in (0..<g.outputWidth).map { (i, $0) } }) {
        for (a, b) in (0..<g.kernel).flatMap({ a in (0..<g.kernel).map { (a, $0) } }) {
          let (line, column) = (i * g.stride + a - g.padding, j * g.stride + b - g.padding)
          guard (0..<g.inputHeight).contains(line), (0..<g.inputWidth).contains(column) else { continue }
          let x = ((n * g.inputHeight + line) * g.inputWidth + column) * g.inputChannels
          let w = (a * g.kernel + b) * g.inputChannels * g.outputChannels
          let y = ((n * g.outputHeight + i) * g.outputWidth + j) * g.outputChannels
          for c in 0..<g.inputChannels {
            for o in 0..<g.outputChannels { body(x + c, w + c * g.outputChannels + o, y + o) }
          }
        }
      }
    }
  }

  @Test(arguments: geometries, [1, 3])
  func allPassesMatchFloat64(g: ConvolutionGeometry, images: Int) {
    var generator = RandomGenerator(seed: 21)
    let x = FloatBuffer(generator.values(images * g.inputSize))
    let w = FloatBuffer(generator.values(g.windowSize * g.outputChannels, scale: 0.3))
    let bias = FloatBuffer(generator.values(g.outputChannels))
    let outputGradients = FloatBuffer(generator.values(images * g.outputSize))
    let start = generator.values(w.count)

    let convolution = DirectConvolution(g)
    let packed = FloatBuffer(count: convolution.packedCount)
    let transposed = FloatBuffer(count: convolution.packedTransposedCount)
    let scratch = FloatBuffer(count: convolution.scratchCount(maximumImages: images))
    for buffer in [packed, transposed, scratch] { buffer.fill(.nan) }
    convolution.pack(w.pointer, into: packed.pointer)
    convolution.packTransposed(w.pointer, into: transposed.pointer)
    let y = FloatBuffer(count: images * g.outputSize)
    convolution.forward(
      x.pointer, images: images, packed: packed.pointer, bias: bias.pointer, elu: true, into: y.pointer,
      scratch: scratch.pointer)
    let inputGradients = FloatBuffer([Float](repeating: .nan, count: x.count))
    convolution.writeInputGradients(
      outputGradients.pointer, images: images, packed: transposed.pointer, into: inputGradients.pointer,
      scratch: scratch.pointer)
    let gradients = FloatBuffer(start)
    convolution.addWeightGradients(
      x.pointer, outputGradients: outputGradients.pointer, images: images, to: gradients.pointer,
      scratch: scratch.pointer)

    var expectedY = (0..<y.count).map { Double(bias.pointer[$0 % g.outputChannels]) }
    var expectedInput = [Double](repeating: 0, count: x.count)
    var expectedWeights = start.doubles
    forEachProduct(g, images: images) { i, j, k in
      expectedY[k] += Double(x.pointer[i]) * Double(w.pointer[j])
      expectedInput[i] += Double(outputGradients.pointer[k]) * Double(w.pointer[j])
      expectedWeights[j] += Double(outputGradients.pointer[k]) * Double(x.pointer[i])
    }
    #expect(GradientCheck.largestError(y.array, expectedY.map(ReferenceLayers.elu)) < 2e-5)
    #expect(GradientCheck.largestError(inputGradients.array, expectedInput) < 2e-5)
    #expect(GradientCheck.relativeError(gradients.array, expectedWeights) < 1e-5)
  }

  @Test func sizesAreThoseOfTheFormula() {
    let g = ConvolutionGeometry(
      inputHeight: 17, inputWidth: 17, inputChannels: 32, outputChannels: 64, kernel: 4, stride: 2)
    #expect(g.outputHeight == 7 && g.outputWidth == 7 && g.windowSize == 512)
    #expect(g.inputSize == 9248 && g.outputSize == 3136 && g.multiplyAdds == 49 * 512 * 64)
  }
}
