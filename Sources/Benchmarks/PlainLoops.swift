import Glibc
import Tensor

/// Straightforward loops, one float at a time, with the functions of libm. Only the benchmarks use them, for comparison.
enum PlainLoops {
  typealias Input = UnsafePointer<Float>
  typealias Output = UnsafeMutablePointer<Float>

  @inline(never)
  static func exponential(_ x: Input, into y: Output, count: Int) {
    for i in 0..<count { y[i] = expf(x[i]) }
  }

  @inline(never)
  static func elu(_ x: Output, count: Int) {
    for i in 0..<count where x[i] <= 0 { x[i] = expm1f(x[i]) }
  }

  @inline(never)
  static func logSoftmax(_ x: Input, into y: Output, count: Int) {
    var largest = x[0]
    for i in 1..<count { largest = max(largest, x[i]) }
    var sum: Float = 0
    for i in 0..<count { sum += expf(x[i] - largest) }
    let normaliser = largest + logf(sum)
    for i in 0..<count { y[i] = x[i] - normaliser }
  }

  @inline(never)
  static func adam(_ parameters: Output, gradients: Input, first: Output, second: Output, count: Int) {
    let norm = sumOfSquares(gradients, count: count).squareRoot()
    let scale = min(1, 4 / norm)
    for i in 0..<count {
      let g = gradients[i] * scale
      first[i] = 0.9 * first[i] + 0.1 * g
      second[i] = 0.999 * second[i] + 0.001 * g * g
      parameters[i] -= 1e-4 * first[i] / (second[i].squareRoot() + 1e-6)
    }
  }

  @inline(never)
  static func sumOfSquares(_ x: Input, count: Int) -> Float {
    var sum: Float = 0
    for i in 0..<count { sum += x[i] * x[i] }
    return sum
  }

  @inline(never)
  static func gather(_ table: Input, width: Int, indices: UnsafePointer<Int32>, count: Int, into y: Output) {
    for i in 0..<count {
      let row = Int(indices[i])
      for j in 0..<width { y[i * width + j] = table[row * width + j] }
    }
  }

  @inline(never)
  static func scatterAdd(_ x: Input, width: Int, indices: UnsafePointer<Int32>, count: Int, to table: Output) {
    for i in 0..<count {
      let row = Int(indices[i])
      for j in 0..<width { table[row * width + j] += x[i * width + j] }
    }
  }

  /// Calls `body` for each contiguous run of numbers that one line of a window shares with an image: its offset in the
  /// images, its offset in the windows, and its length.
  @inline(__always)
  static func forEachWindowLine(
    _ g: ConvolutionGeometry, images: Int, _ body: (_ pixel: Int, _ window: Int, _ count: Int) -> Void
  ) {
    for image in 0..<images {
      for line in 0..<g.outputHeight {
        for column in 0..<g.outputWidth {
          let window = ((image * g.outputHeight + line) * g.outputWidth + column) * g.windowSize
          let left = column * g.stride - g.padding
          let (first, end) = (max(left, 0), min(left + g.kernel, g.inputWidth))
          for row in 0..<g.kernel {
            let y = line * g.stride + row - g.padding
            guard y >= 0, y < g.inputHeight else { continue }
            let pixel = ((image * g.inputHeight + y) * g.inputWidth + first) * g.inputChannels
            body(
              pixel, window + (row * g.kernel + first - left) * g.inputChannels, (end - first) * g.inputChannels)
          }
        }
      }
    }
  }

  @inline(never)
  static func gatherConvolution(
    _ symbols: UnsafePointer<Int16>, geometry: GatherGeometry, table: Input, channels: Int, bias: Input, into y: Output
  ) {
    let (entries, starts) = (geometry.entries, geometry.starts)
    for position in 0..<geometry.positionCount {
      let sum = y + position * channels
      for channel in 0..<channels { sum[channel] = bias[channel] }
      for entry in Int(starts[position])..<Int(starts[position + 1]) {
        let (cell, tap) = (Int(entries[entry].cell), Int(entries[entry].tap))
        let row = table + (Int(symbols[cell]) * geometry.tapCount + tap) * channels
        for channel in 0..<channels { sum[channel] += row[channel] }
      }
      elu(sum, count: channels)
    }
  }
}
