import Glibc
import Runtime
import Tensor

/// How parameters begin.
enum Initialisation {
  /// Writes a matrix whose columns (or rows, if it has fewer of them) are orthonormal, times `gain` (Saxe, McClelland,
  /// Ganguli 2014): Gaussian vectors, made orthonormal by modified Gram-Schmidt in Float64.
  static func orthogonal(_ matrix: MutableMatrix, gain: Float, generator: inout RandomGenerator) {
    let isTall = matrix.rows >= matrix.columns
    let vectorCount = min(matrix.rows, matrix.columns)
    let length = max(matrix.rows, matrix.columns)
    var vectors: [[Double]] = []
    vectors.reserveCapacity(vectorCount)
    while vectors.count < vectorCount {
      var vector = (0..<length).map { _ in normal(&generator) }
      for earlier in vectors { remove(earlier, from: &vector) }
      let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
      // A vector inside the span of the earlier ones has probability zero; another draw replaces it.
      guard norm > 1e-6 else { continue }
      for i in 0..<length { vector[i] /= norm }
      vectors.append(vector)
    }
    for (index, vector) in vectors.enumerated() {
      for i in 0..<length {
        let value = Float(vector[i]) * gain
        if isTall { matrix.row(i)[index] = value } else { matrix.row(index)[i] = value }
      }
    }
  }

  /// Independent Gaussians of the given deviation.
  static func gaussian(
    _ values: UnsafeMutablePointer<Float>, count: Int, deviation: Float, generator: inout RandomGenerator
  ) {
    for i in 0..<count { values[i] = Float(normal(&generator)) * deviation }
  }

  /// Independent numbers, uniform in ±1 / sqrt(fan in): how PyTorch's layers begin (He et al. 2015, with a = sqrt 5). A
  /// slice without fan in stays as it is.
  static func uniform(
    _ slice: ParameterSlice, in parameters: UnsafeMutablePointer<Float>, generator: inout RandomGenerator
  ) {
    guard let fanIn = slice.fanIn else { return }
    let (values, bound) = (parameters + slice.offset, 1 / Float(fanIn).squareRoot())
    for i in 0..<slice.count { values[i] = (2 * generator.uniform() - 1) * bound }
  }

  /// Subtracts from `vector` its part along the unit vector `direction`.
  private static func remove(_ direction: [Double], from vector: inout [Double]) {
    var projection = 0.0
    for i in 0..<vector.count { projection += direction[i] * vector[i] }
    for i in 0..<vector.count { vector[i] -= projection * direction[i] }
  }

  /// A standard Gaussian (Box and Muller 1958; the second one of each pair is not used).
  private static func normal(_ generator: inout RandomGenerator) -> Double {
    // In (0, 1], so that the logarithm is finite.
    let radius = 1 - Double(generator.next() >> 11) * 0x1p-53
    let angle = Double(generator.next() >> 11) * 0x1p-53
    return (-2 * log(radius)).squareRoot() * cos(2 * Double.pi * angle)
  }
}
