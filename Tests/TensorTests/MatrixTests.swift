import Runtime
import Tensor
import TestSupport
import Testing

@Suite struct BLASTests {
  /// c [m, n] = a [m, k] b [k, n] in Float64.
  private func product(_ a: [Double], _ b: [Double], m: Int, k: Int, n: Int) -> [Double] {
    var c = [Double](repeating: 0, count: m * n)
    for i in 0..<m {
      for j in 0..<n {
        for l in 0..<k { c[i * n + j] += a[i * k + l] * b[l * n + j] }
      }
    }
    return c
  }

  private func transposed(_ a: [Float], rows: Int, columns: Int) -> [Float] {
    (0..<columns).flatMap { column in (0..<rows).map { a[$0 * columns + column] } }
  }

  @Test(arguments: [(1, 5, 3), (4, 1, 2), (6, 7, 9), (33, 17, 21), (3, 40, 1)])
  func productsOfAllTranspositions(m: Int, k: Int, n: Int) {
    var generator = RandomGenerator(seed: 7)
    let a = generator.values(m * k)
    let b = generator.values(k * n)
    let start = generator.values(m * n)
    let expected = product(a.doubles, b.doubles, m: m, k: k, n: n)
    let plainA = FloatBuffer(a)
    let plainB = FloatBuffer(b)
    let turnedA = FloatBuffer(transposed(a, rows: m, columns: k))
    let turnedB = FloatBuffer(transposed(b, rows: k, columns: n))
    let left = [
      Matrix(plainA.pointer, rows: m, columns: k), Matrix(turnedA.pointer, rows: k, columns: m).transposed,
    ]
    let right = [
      Matrix(plainB.pointer, rows: k, columns: n), Matrix(turnedB.pointer, rows: n, columns: k).transposed,
    ]
    for x in left {
      for y in right {
        let c = FloatBuffer(start)
        let matrix = MutableMatrix(c.pointer, rows: m, columns: n)
        BLAS.multiply(x, y, into: matrix, accumulate: true)
        #expect(GradientCheck.largestError(c.array, zip(expected, start.doubles).map { $0 + $1 }) < 1e-5)
        BLAS.multiply(x, y, into: matrix)
        #expect(GradientCheck.largestError(c.array, expected) < 1e-5)
      }
    }
    withExtendedLifetime([plainA, plainB, turnedA, turnedB]) {}
  }

  @Test func aProductWritesOnlyItsColumns() {
    let a = FloatBuffer([1, 2])
    let b = FloatBuffer([3])
    let c = FloatBuffer([0, 7, 0, 7])
    BLAS.multiply(
      Matrix(a.pointer, rows: 2, columns: 1), Matrix(b.pointer, rows: 1, columns: 1),
      into: MutableMatrix(c.pointer, rows: 2, columns: 2).columns(0..<1))
    #expect(c.array == [3, 7, 6, 7])
  }

  @Test func kernelsHaveAName() {
    #expect(!BLAS.kernelName.isEmpty && BLAS.kernelName != "unknown")
  }
}

@Suite struct FloatBufferTests {
  @Test func startsAlignedAndZeroed() {
    for count in [0, 1, 7, 1000] {
      let buffer = FloatBuffer(count: count)
      #expect(UInt(bitPattern: buffer.pointer) % 64 == 0)
      #expect(buffer.elements.allSatisfy { $0 == 0 })
      #expect(buffer.elements.count == count)
    }
  }

  @Test func fillsAndCopies() {
    let a = FloatBuffer(count: 5)
    let b = FloatBuffer(count: 5)
    a.fill(2.5)
    b.copy(from: a)
    a.fill(0)
    #expect(b.elements.allSatisfy { $0 == 2.5 })
  }
}
