import Glibc

/// The loops one would write first: a float at a time, with libm's functions. Yardsticks, and never used otherwise.
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
}
