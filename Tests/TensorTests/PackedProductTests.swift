import Foundation
import Runtime
import Tensor
import TestSupport
import Testing

@Suite struct PackedProductTests {
  static let shapes = [
    (1, 1, 1), (1, 5, 130), (2, 7, 64), (3, 40, 33), (4, 9, 100), (5, 3, 16), (6, 11, 17), (7, 2, 8), (8, 30, 31),
    (9, 64, 65), (13, 21, 28), (65, 6, 48), (130, 19, 40),
  ]

  /// Bias, weights and inputs of a product, with what comes out in Float64.
  private struct Case {
    let m, k, n: Int
    let x, w, bias, start: [Float]
    let packed: FloatBuffer

    init(_ m: Int, _ k: Int, _ n: Int, isTransposed: Bool = false) {
      var generator = RandomGenerator(seed: UInt64(m * 1000 + n))
      (self.m, self.k, self.n) = (m, k, n)
      x = generator.values(m * k)
      w = generator.values(k * n)
      bias = generator.values(n)
      start = generator.values(m * n)
      packed = FloatBuffer(count: PackedWeights.floatCount(inputs: k, outputs: n))
      packed.fill(.nan)
      let (w, k, n) = (self.w, self.k, self.n)
      let stored = FloatBuffer(isTransposed ? (0..<n).flatMap { j in (0..<k).map { w[$0 * n + j] } } : w)
      let matrix =
        isTransposed
        ? Matrix(stored.pointer, rows: n, columns: k).transposed : Matrix(stored.pointer, rows: k, columns: n)
      PackedWeights.pack(matrix, into: packed.pointer)
    }

    var weights: PackedWeights { PackedWeights(packed.pointer, inputs: k, outputs: n) }

    func expected(bias useBias: Bool, accumulate: Bool, elu: Bool) -> [Double] {
      (0..<m * n).map { index in
        let (row, column) = (index / n, index % n)
        var sum = (useBias ? Double(bias[column]) : 0) + (accumulate ? Double(start[index]) : 0)
        for l in 0..<k { sum += Double(x[row * k + l]) * Double(w[l * n + column]) }
        return elu ? ReferenceLayers.elu(sum) : sum
      }
    }
  }

  @Test(arguments: shapes, [false, true])
  func productsMatchFloat64(shape: (Int, Int, Int), isTransposed: Bool) {
    let c = Case(shape.0, shape.1, shape.2, isTransposed: isTransposed)
    let x = FloatBuffer(c.x)
    let bias = FloatBuffer(c.bias)
    for (useBias, accumulate, elu) in [(false, false, false), (true, false, true), (true, true, false)] {
      let y = FloatBuffer(c.start)
      PackedProduct.multiply(
        Matrix(x.pointer, rows: c.m, columns: c.k), c.weights, bias: useBias ? UnsafePointer(bias.pointer) : nil,
        into: MutableMatrix(y.pointer, rows: c.m, columns: c.n), accumulate: accumulate, elu: elu)
      let expected = c.expected(bias: useBias, accumulate: accumulate, elu: elu)
      #expect(GradientCheck.largestError(y.array, expected) < 1e-5)
    }
  }

  @Test(arguments: [(40, 33), (17, 16), (96, 64), (5, 200)])
  func aRowsBitsDoNotDependOnTheBatch(k: Int, n: Int) {
    let c = Case(70, k, n)
    let x = FloatBuffer(c.x)
    let whole = FloatBuffer(count: 70 * n)
    PackedProduct.multiply(
      Matrix(x.pointer, rows: 70, columns: k), c.weights, into: MutableMatrix(whole.pointer, rows: 70, columns: n))
    for rows in 1...20 {
      let part = FloatBuffer(count: rows * n)
      PackedProduct.multiply(
        Matrix(x.pointer + 50 * k, rows: rows, columns: k), c.weights,
        into: MutableMatrix(part.pointer, rows: rows, columns: n))
      #expect(part.array.map(\.bitPattern) == whole.array[50 * n..<(50 + rows) * n].map(\.bitPattern))
    }
  }

  @Test(arguments: [1, 15, 16, 17, 40])
  func stridesAreRespected(n: Int) {
    let c = Case(9, 6, n)
    // The stride of x and y is three floats longer than their rows.
    let x = FloatBuffer((0..<9).flatMap { row in Array(c.x[row * 6..<row * 6 + 6]) + [.nan, .nan, .nan] })
    let y = FloatBuffer([Float](repeating: 7, count: 9 * (n + 3)))
    PackedProduct.multiply(
      Matrix(x.pointer, rows: 9, columns: 6, stride: 9), c.weights,
      into: MutableMatrix(y.pointer, rows: 9, columns: n, stride: n + 3))
    let expected = c.expected(bias: false, accumulate: false, elu: false)
    for row in 0..<9 {
      let values = y.array[row * (n + 3)..<(row + 1) * (n + 3)]
      #expect(GradientCheck.largestError(Array(values.prefix(n)), Array(expected[row * n..<(row + 1) * n])) < 1e-5)
      #expect(values.suffix(3) == [7, 7, 7])
    }
  }

  /// Windows of 2 x 3 over images of 5 x 7, two lines and one column apart, against the same windows copied out.
  @Test func gridsAndPointersReadWindows() {
    let (images, height, width, outputs) = (3, 5, 7, 20)
    let lines = 2
    let columns = 5
    let c = Case(images * lines * columns, 6, outputs)
    var generator = RandomGenerator(seed: 9)
    let image = FloatBuffer(generator.values(images * height * width))
    let grid = RowGrid(
      images: images, height: lines, width: columns, imageStride: height * width, lineStride: 2 * width,
      columnStride: 1)
    let segments = RowSegments(count: 2, length: 3, stride: width)
    var windows: [Float] = []
    var pointers: [UnsafePointer<Float>] = []
    for n in 0..<images {
      for i in 0..<lines {
        for j in 0..<columns {
          let start = n * height * width + 2 * i * width + j
          for a in 0..<2 { for b in 0..<3 { windows.append(image.array[start + a * width + b]) } }
          pointers.append(UnsafePointer(image.pointer + start))
        }
      }
    }
    let copied = FloatBuffer(windows)
    let rows = grid.count
    let expected = FloatBuffer(count: rows * outputs)
    PackedProduct.multiply(
      Matrix(copied.pointer, rows: rows, columns: 6), c.weights,
      into: MutableMatrix(expected.pointer, rows: rows, columns: outputs))
    let y = FloatBuffer(count: rows * outputs)
    PackedProduct.multiply(
      image.pointer, rows: grid, segments: segments, c.weights, into: y.pointer,
      rows: RowGrid(count: rows, stride: outputs))
    #expect(y.array == expected.array)
    y.fill(0)
    PackedProduct.multiply(
      pointers, segments: segments, c.weights, into: MutableMatrix(y.pointer, rows: rows, columns: outputs))
    #expect(y.array == expected.array)
    withExtendedLifetime(image) {}
  }
}

@Suite struct GradientProductTests {
  @Test(arguments: [
    (1, 1, 1), (3, 9, 7), (5, 16, 16), (70, 13, 33), (256, 8, 48), (300, 21, 28), (257, 7, 32), (20, 5, 90),
  ])
  func sumsMatchFloat64(rows: Int, inputs: Int, outputs: Int) {
    var generator = RandomGenerator(seed: UInt64(rows + outputs))
    // The strides of x, dY and dW are longer than their rows; the floats in between belong to other data.
    let x = FloatBuffer(generator.values(rows * (inputs + 2)))
    let y = FloatBuffer(generator.values(rows * (outputs + 3)))
    let start = generator.values(inputs * (outputs + 1))
    let gradients = FloatBuffer(start)
    GradientProduct.add(
      Matrix(x.pointer, rows: rows, columns: inputs, stride: inputs + 2),
      outputGradients: Matrix(y.pointer, rows: rows, columns: outputs, stride: outputs + 3),
      to: MutableMatrix(gradients.pointer, rows: inputs, columns: outputs, stride: outputs + 1))
    var expected = start.doubles
    for row in 0..<rows {
      for input in 0..<inputs {
        for output in 0..<outputs {
          expected[input * (outputs + 1) + output] +=
            Double(x.pointer[row * (inputs + 2) + input]) * Double(y.pointer[row * (outputs + 3) + output])
        }
      }
    }
    #expect(GradientCheck.largestError(gradients.array, expected) < 2e-5)
    for input in 0..<inputs {
      let between = input * (outputs + 1) + outputs
      #expect(gradients.pointer[between] == start[between])
    }
  }
}
