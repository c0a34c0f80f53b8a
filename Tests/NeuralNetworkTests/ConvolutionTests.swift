import NeuralNetwork
import Runtime
import Tensor
import TestSupport
import Testing

@Suite struct ConvolutionTests {
  static let geometries = [
    ConvolutionGeometry(inputHeight: 4, inputWidth: 5, inputChannels: 3, outputChannels: 7, kernel: 3, padding: 1),
    ConvolutionGeometry(inputHeight: 7, inputWidth: 6, inputChannels: 2, outputChannels: 17, kernel: 4, stride: 2),
    ConvolutionGeometry(inputHeight: 3, inputWidth: 3, inputChannels: 5, outputChannels: 4, kernel: 3, stride: 2),
  ]

  @Test(arguments: geometries)
  func forwardAndGradientsMatchFloat64(g: ConvolutionGeometry) {
    let rows = 2
    var generator = RandomGenerator(seed: 5)
    var layout = ParameterLayout()
    let layer = Convolution("conv", g, in: &layout)
    let parameters = FloatBuffer(generator.values(layout.count, scale: 0.5))
    let prepared = FloatBuffer(count: layout.preparedCount)
    layer.prepare(parameters.pointer, into: prepared.pointer, forTraining: true)
    let weights = Weights(parameters: parameters.pointer, prepared: prepared.pointer)
    let scratch = FloatBuffer(count: layer.scratchCount(maximumRows: rows))
    let x = FloatBuffer(generator.values(rows * layer.inputSize))
    let direction = generator.values(rows * layer.outputSize)
    let plain = PlainConvolution(
      height: g.inputHeight, width: g.inputWidth, channels: g.inputChannels, outputs: g.outputChannels,
      kernel: g.kernel, stride: g.stride, padding: g.padding)
    let reference = { (values: [Double], x: [Double]) -> [Double] in
      let (weight, bias) = (Array(values[..<layer.weight.count]), Array(values[layer.weight.count...]))
      return (0..<rows).flatMap { row in
        plain.forward(Array(x[row * g.inputSize..<(row + 1) * g.inputSize]), weight: weight, bias: bias)
      }
    }
    let loss = { (values: [Double], x: [Double]) in
      zip(reference(values, x), direction.doubles).reduce(0) { $0 + $1.0 * $1.1 }
    }

    let y = FloatBuffer(count: rows * layer.outputSize)
    let input = Matrix(x.pointer, rows: rows, columns: layer.inputSize)
    let output = MutableMatrix(y.pointer, rows: rows, columns: layer.outputSize)
    layer.forward(input, into: output, weights: weights, scratch: scratch.pointer)
    #expect(GradientCheck.largestError(y.array, reference(parameters.array.doubles, x.array.doubles)) < 1e-5)

    let outputGradients = FloatBuffer(direction)
    let gradients = FloatBuffer(count: layout.count)
    let inputGradients = FloatBuffer(count: x.count)
    layer.backward(
      input, output.view,
      outputGradients: MutableMatrix(outputGradients.pointer, rows: rows, columns: layer.outputSize),
      inputGradients: MutableMatrix(inputGradients.pointer, rows: rows, columns: layer.inputSize), weights: weights,
      gradients: gradients.pointer, scratch: scratch.pointer)
    let expected = GradientCheck.centralDifferences(at: parameters.array.doubles) { loss($0, x.array.doubles) }
    #expect(GradientCheck.relativeError(gradients.array, expected) < 1e-4)
    let expectedInput = GradientCheck.centralDifferences(at: x.array.doubles) { loss(parameters.array.doubles, $0) }
    #expect(GradientCheck.relativeError(inputGradients.array, expectedInput) < 1e-4)
  }
}

/// A convolution in Float64 and plain loops, pixels [height, width, channels], zero padding.
struct PlainConvolution {
  let height, width, channels, outputs, kernel, stride, padding: Int

  var outputHeight: Int { (height + 2 * padding - kernel) / stride + 1 }
  var outputWidth: Int { (width + 2 * padding - kernel) / stride + 1 }

  /// elu(conv(x) + bias) [outputHeight, outputWidth, outputs]; weight [kernel * kernel * channels, outputs].
  func forward(_ x: [Double], weight: [Double], bias: [Double]) -> [Double] {
    var y: [Double] = []
    for position in 0..<outputHeight * outputWidth {
      var sums = bias
      forEachPixel(at: position) { pixel, row in
        for channel in 0..<channels where x[pixel + channel] != 0 {
          for output in 0..<outputs { sums[output] += x[pixel + channel] * weight[(row + channel) * outputs + output] }
        }
      }
      y += sums.map(ReferenceLayers.elu)
    }
    return y
  }

  /// Gradients of weight, bias and x from those of elu's outputs `y`.
  func backward(
    _ x: [Double], weight: [Double], y: [Double], outputGradients: [Double]
  ) -> (weight: [Double], bias: [Double], x: [Double]) {
    var result = (
      weight: [Double](repeating: 0, count: weight.count), bias: [Double](repeating: 0, count: outputs),
      x: [Double](repeating: 0, count: x.count)
    )
    for position in 0..<outputHeight * outputWidth {
      let sums = (position * outputs..<(position + 1) * outputs).map {
        outputGradients[$0] * (y[$0] > 0 ? 1 : y[$0] + 1)
      }
      for output in 0..<outputs { result.bias[output] += sums[output] }
      forEachPixel(at: position) { pixel, row in
        for channel in 0..<channels {
          for output in 0..<outputs {
            result.weight[(row + channel) * outputs + output] += x[pixel + channel] * sums[output]
            result.x[pixel + channel] += weight[(row + channel) * outputs + output] * sums[output]
          }
        }
      }
    }
    return result
  }

  /// The first number of each pixel under the kernel, and the weight's first row for it.
  private func forEachPixel(at position: Int, _ body: (_ pixel: Int, _ row: Int) -> Void) {
    let top = position / outputWidth * stride - padding
    let left = position % outputWidth * stride - padding
    for tap in 0..<kernel * kernel {
      let y = top + tap / kernel
      let x = left + tap % kernel
      guard (0..<height).contains(y), (0..<width).contains(x) else { continue }
      body((y * width + x) * channels, tap * channels)
    }
  }
}
