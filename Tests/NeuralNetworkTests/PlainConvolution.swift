import TestSupport

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
