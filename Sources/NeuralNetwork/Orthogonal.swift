import Glibc
import Runtime
import Tensor

/// Random orthogonal matrices (Saxe, McClelland and Ganguli 2014): Gaussian vectors, made orthonormal.
///
/// The shorter side of the matrix is the number of vectors, the longer side their length: of a tall matrix the columns are
/// orthonormal, of a wide one the rows. The result depends on the generator's state alone.
enum Orthogonal {
  /// Matrices up to this size use Gram-Schmidt, larger ones Householder reflections: vectors^2 * length.
  private static let gramSchmidtLimit = 1 << 26

  /// Writes an orthogonal matrix times `gain`.
  static func fill(_ matrix: MutableMatrix, gain: Float, generator: inout RandomGenerator) {
    if isLarge(matrix.rows, matrix.columns) {
      HouseholderBasis(
        count: min(matrix.rows, matrix.columns), length: max(matrix.rows, matrix.columns), generator: &generator
      ).write(to: matrix, gain: gain)
    } else {
      GramSchmidt.fill(matrix, gain: gain, generator: &generator)
    }
  }

  /// Leaves the generator in the state in which `fill` leaves it, without the work.
  static func skip(rows: Int, columns: Int, _ generator: inout RandomGenerator) {
    let isLarge = isLarge(rows, columns)
    for _ in 0..<(isLarge ? (rows * columns + 1) / 2 * 2 : 2 * rows * columns) { _ = generator.next() }
  }

  private static func isLarge(_ rows: Int, _ columns: Int) -> Bool {
    min(rows, columns) * rows * columns > gramSchmidtLimit
  }
}

/// Modified Gram-Schmidt in Float64: simple, exact enough for any shape, and slow for large ones.
private enum GramSchmidt {
  static func fill(_ matrix: MutableMatrix, gain: Float, generator: inout RandomGenerator) {
    let isTall = matrix.rows >= matrix.columns
    let vectorCount = min(matrix.rows, matrix.columns)
    let length = max(matrix.rows, matrix.columns)
    var vectors: [[Double]] = []
    vectors.reserveCapacity(vectorCount)
    while vectors.count < vectorCount {
      var vector = (0..<length).map { _ in Gaussian.next(&generator) }
      for earlier in vectors { remove(earlier, from: &vector) }
      let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
      // A vector in the span of the earlier ones has probability zero; another draw replaces it.
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

  /// Subtracts from `vector` its projection onto the unit vector `direction`.
  private static func remove(_ direction: [Double], from vector: inout [Double]) {
    var projection = 0.0
    for i in 0..<vector.count { projection += direction[i] * vector[i] }
    for i in 0..<vector.count { vector[i] -= projection * direction[i] }
  }
}

/// The orthogonal factor of the QR decomposition of a Gaussian matrix by blocked Householder reflections in the compact WY
/// form (Schreiber and Van Loan 1989), with almost all work in matrix products.
///
/// `count` vectors of `length` elements are stored as rows. A block of reflections is H = I - V' T V with V [block, length]
/// and T [block, block] upper triangular.
private struct HouseholderBasis {
  /// Reflections in a block.
  private static let blockSize = 64

  private let count: Int
  private let length: Int
  /// [count, length]: the Gaussian vectors; their reflections while the factorisation proceeds.
  private let reflections: FloatBuffer
  /// [count, length]: the orthonormal vectors.
  private let basis: FloatBuffer
  /// The sign of each diagonal element of R. With positive signs the factorisation is unique and the result is uniformly
  /// distributed (Mezzadri 2007).
  private var signs: [Float]

  init(count: Int, length: Int, generator: inout RandomGenerator) {
    self.count = count
    self.length = length
    reflections = FloatBuffer(count: count * length)
    basis = FloatBuffer(count: count * length)
    signs = Array(repeating: 1, count: count)
    Gaussian.fill(reflections.pointer, count: count * length, generator: &generator)
    let factors = factorise()
    for i in 0..<count { basis.pointer[i * length + i] = 1 }
    for (block, factor) in zip(blocks, factors).reversed() {
      apply(block, factor, transposed: true, to: basis, rows: block.lowerBound..<count)
    }
  }

  private var blocks: [Range<Int>] {
    stride(from: 0, to: count, by: Self.blockSize).map { $0..<min($0 + Self.blockSize, count) }
  }

  /// Writes the vectors, times `gain`, as the columns of a tall matrix or the rows of a wide one.
  func write(to matrix: MutableMatrix, gain: Float) {
    let isTall = matrix.rows >= matrix.columns
    for vector in 0..<count {
      let (source, scale) = (basis.pointer + vector * length, signs[vector] * gain)
      if isTall {
        for i in 0..<length { matrix.row(i)[vector] = source[i] * scale }
      } else {
        for i in 0..<length { matrix.row(vector)[i] = source[i] * scale }
      }
    }
  }

  /// Replaces the Gaussian vectors by reflections, block after block.
  /// - Returns: T of each block.
  private mutating func factorise() -> [FloatBuffer] {
    blocks.map { block in
      var scales: [Float] = []
      for row in block { scales.append(reflect(row, in: block)) }
      let factor = triangularFactor(block, scales)
      apply(block, factor, transposed: false, to: reflections, rows: block.upperBound..<count)
      return factor
    }
  }

  /// Turns row `row` into the reflection that maps it to a multiple of its unit vector, and applies the reflection to the
  /// later rows of the block.
  /// - Returns: the factor of the reflection I - scale v' v. v is 0 before its element `row`, which is 1.
  private mutating func reflect(_ row: Int, in block: Range<Int>) -> Float {
    let v = reflections.pointer + row * length
    let size = length - row
    let head = Double(v[row])
    let norm = Elementwise.sumOfSquares(v + row, count: size).squareRoot()
    let diagonal = head > 0 ? -norm : norm
    signs[row] = diagonal < 0 ? -1 : 1
    guard norm > 0 else { return 0 }
    let scale = Float((diagonal - head) / diagonal)
    Elementwise.multiply(v + row, by: Float(1 / (head - diagonal)), count: size)
    v.update(repeating: 0, count: row)
    v[row] = 1
    for later in row + 1..<max(row + 1, block.upperBound) {
      let x = reflections.pointer + later * length + row
      Elementwise.addScaled(-scale * Elementwise.dot(v + row, x, count: size), v + row, to: x, count: size)
    }
    return scale
  }

  /// T of a block: column j is -scale_j T (V v_j') above the diagonal and scale_j on it.
  private func triangularFactor(_ block: Range<Int>, _ scales: [Float]) -> FloatBuffer {
    let size = block.count
    let factor = FloatBuffer(count: size * size)
    let t = factor.pointer
    for j in 0..<size {
      let v = reflections.pointer + (block.lowerBound + j) * length
      let start = block.lowerBound + j
      let products = (0..<j).map { i in
        Elementwise.dot(reflections.pointer + (block.lowerBound + i) * length + start, v + start, count: length - start)
      }
      for i in 0..<j {
        var sum: Float = 0
        for k in i..<j { sum += t[i * size + k] * products[k] }
        t[i * size + j] = -scales[j] * sum
      }
      t[j * size + j] = scales[j]
    }
    return factor
  }

  /// X -= X V' T V (or T' instead of T) for the rows `rows` of X [count, length], from the block's first column on.
  private func apply(
    _ block: Range<Int>, _ factor: FloatBuffer, transposed: Bool, to buffer: FloatBuffer, rows: Range<Int>
  ) {
    guard !rows.isEmpty else { return }
    let (first, size) = (block.lowerBound, block.count)
    let v = Matrix(
      reflections.pointer + first * length + first, rows: size, columns: length - first, stride: length)
    let x = MutableMatrix(
      buffer.pointer + rows.lowerBound * length + first, rows: rows.count, columns: length - first, stride: length)
    let t = Matrix(factor.pointer, rows: size, columns: size)
    let projections = FloatBuffer(count: rows.count * size)
    let scaled = FloatBuffer(count: rows.count * size)
    let p = MutableMatrix(projections.pointer, rows: rows.count, columns: size)
    let q = MutableMatrix(scaled.pointer, rows: rows.count, columns: size)
    multiply(x.view, v.transposed, into: p)
    multiply(p.view, transposed ? t.transposed : t, into: q)
    Elementwise.multiply(scaled.pointer, by: -1, count: scaled.count)
    multiply(q.view, v, into: x, accumulate: true)
  }

  /// c = a b, or c += a b.
  private func multiply(_ a: Matrix, _ b: Matrix, into c: MutableMatrix, accumulate: Bool = false) {
    let (inputs, outputs) = b.isTransposed ? (b.columns, b.rows) : (b.rows, b.columns)
    let packed = FloatBuffer(count: PackedWeights.floatCount(inputs: inputs, outputs: outputs))
    PackedWeights.pack(b, into: packed.pointer)
    PackedProduct.multiply(
      a, PackedWeights(packed.pointer, inputs: inputs, outputs: outputs), into: c, accumulate: accumulate)
  }
}

/// Standard Gaussians (Box and Muller 1958).
enum Gaussian {
  /// One Gaussian; the second one of the pair is not used.
  static func next(_ generator: inout RandomGenerator) -> Double {
    let (radius, angle) = polar(&generator)
    return radius * cos(angle)
  }

  /// Writes `count` Gaussians, two from each pair of draws.
  static func fill(_ values: UnsafeMutablePointer<Float>, count: Int, generator: inout RandomGenerator) {
    for i in stride(from: 0, to: count, by: 2) {
      let (radius, angle) = polar(&generator)
      values[i] = Float(radius * cos(angle))
      if i + 1 < count { values[i + 1] = Float(radius * sin(angle)) }
    }
  }

  @inline(__always)
  private static func polar(_ generator: inout RandomGenerator) -> (radius: Double, angle: Double) {
    // In (0, 1], so that the logarithm is finite.
    let uniform = 1 - Double(generator.next() >> 11) * 0x1p-53
    return ((-2 * log(uniform)).squareRoot(), 2 * Double.pi * (Double(generator.next() >> 11) * 0x1p-53))
  }
}
