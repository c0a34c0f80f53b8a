import Tensor

/// The largest value of each window of images [height, width, channels]. Windows do not overlap; pixels that do not fill a
/// window at the lower and right edge are ignored.
public struct MaxPool: Layer {
  public let height: Int
  public let width: Int
  public let channels: Int
  /// Side of a window.
  public let window: Int

  public var outputHeight: Int { height / window }
  public var outputWidth: Int { width / window }
  public var inputSize: Int { height * width * channels }
  public var outputSize: Int { outputHeight * outputWidth * channels }
  public var multiplyAdds: Int { 0 }

  public init(height: Int, width: Int, channels: Int, window: Int) {
    precondition(window > 0 && height >= window && width >= window, "the image is smaller than a window of \(window)")
    self.height = height
    self.width = width
    self.channels = channels
    self.window = window
  }

  public func forward(_ x: Matrix, into y: MutableMatrix, weights: Weights, scratch: UnsafeMutablePointer<Float>) {
    for row in 0..<x.rows {
      forEachWindow { output, inputs in
        let (image, result) = (x.row(row), y.row(row) + output)
        Lanes.forEach(channels) { i, left in
          var largest = Lanes.load(image + inputs(0) + i, remaining: left)
          for pixel in 1..<window * window {
            let value = Lanes.load(image + inputs(pixel) + i, remaining: left)
            largest.replace(with: value, where: value .> largest)
          }
          Lanes.store(largest, to: result + i, remaining: left)
        }
      }
    }
  }

  /// The gradient goes to the first pixel of a window that has its largest value.
  public func backward(
    _ x: Matrix, _ y: Matrix, outputGradients: MutableMatrix, inputGradients: MutableMatrix?, weights: Weights,
    gradients: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
  ) {
    guard let inputGradients else { return }
    for row in 0..<x.rows {
      inputGradients.row(row).update(repeating: 0, count: inputSize)
      forEachWindow { output, inputs in
        let (image, slopes) = (x.row(row), inputGradients.row(row))
        Lanes.forEach(channels) { i, left in
          let largest = Lanes.load(y.row(row) + output + i, remaining: left)
          var gradient = Lanes.load(outputGradients.row(row) + output + i, remaining: left)
          for pixel in 0..<window * window {
            let isLargest = Lanes.load(image + inputs(pixel) + i, remaining: left) .== largest
            Lanes.store(
              gradient.replacing(with: 0, where: .!isLargest), to: slopes + inputs(pixel) + i, remaining: left)
            gradient.replace(with: 0, where: isLargest)
          }
        }
      }
    }
  }

  /// Calls `body` for each window with the offset of its result in an output row and those of its pixels in an input row.
  @inline(__always)
  private func forEachWindow(_ body: (_ output: Int, _ inputs: (_ pixel: Int) -> Int) -> Void) {
    for line in 0..<outputHeight {
      for column in 0..<outputWidth {
        let first = (line * window * width + column * window) * channels
        body((line * outputWidth + column) * channels) { pixel in
          first + (pixel / window * width + pixel % window) * channels
        }
      }
    }
  }
}
