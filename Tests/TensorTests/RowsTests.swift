import Foundation
import Runtime
import Tensor
import TestSupport
import Testing

@Suite struct RowsTests {
  @Test func columnSumsRespectTheStride() {
    // Two rows of three columns in a buffer of stride five; the last two columns are somebody else's.
    let x = FloatBuffer([1, 2, 3, 9, 9, 4, 5, 6, 9, 9])
    let matrix = MutableMatrix(x.pointer, rows: 2, columns: 3, stride: 5)
    let sums = FloatBuffer([1, 1, 1])
    Rows.addColumnSums(of: matrix.view, to: sums.pointer)
    #expect(sums.array == [6, 8, 10])
  }

  @Test func eluDerivativeIsThatOfTheInput() {
    let inputs: [Float] = [-3, -0.5, -0.001, 0.001, 2, 4, -1, 1, -2]
    let outputs = FloatBuffer(inputs)
    Rows.elu(MutableMatrix(outputs.pointer, rows: 1, columns: 9))
    let gradients = FloatBuffer([Float](repeating: 2, count: 9))
    Rows.multiplyByELUDerivative(
      MutableMatrix(gradients.pointer, rows: 1, columns: 9), outputs: Matrix(outputs.pointer, rows: 1, columns: 9))
    let expected = inputs.doubles.map { $0 > 0 ? 2 : 2 * exp($0) }
    #expect(GradientCheck.largestError(gradients.array, expected) < 1e-6)
  }

  @Test(arguments: [3, 8, 16])
  func gatherAndScatterAreTransposes(width: Int) {
    var generator = RandomGenerator(seed: 4)
    let table = FloatBuffer(generator.values(5 * width))
    let indices: [Int32] = [4, 0, 4, 2, 4]
    let gathered = FloatBuffer(count: 5 * width)
    Rows.gather(table.pointer, width: width, indices: indices, count: 5, into: gathered.pointer)
    for (row, index) in indices.enumerated() {
      for column in 0..<width {
        #expect(gathered.pointer[row * width + column] == table.pointer[Int(index) * width + column])
      }
    }
    let sums = FloatBuffer(count: 5 * width)
    Rows.scatterAdd(gathered.pointer, width: width, indices: indices, count: 5, to: sums.pointer)
    let counts: [Float] = [1, 0, 1, 0, 3]
    for row in 0..<5 {
      for column in 0..<width {
        let expected = counts[row] * table.pointer[row * width + column]
        #expect(abs(sums.pointer[row * width + column] - expected) < 1e-6)
      }
    }
  }

  @Test func sumOfSquaresKeepsItsPrecision() {
    let buffer = FloatBuffer(count: 1_000_003)
    buffer.fill(0.1)
    let exact = Double(Float(0.1)) * Double(Float(0.1)) * 1_000_003
    #expect(abs(Elementwise.sumOfSquares(buffer.pointer, count: buffer.count) / exact - 1) < 1e-6)
  }

  @Test func addScaledAndMultiply() {
    let x = FloatBuffer([1, 2, 3])
    let y = FloatBuffer([10, 20, 30])
    Elementwise.addScaled(0.5, x.pointer, to: y.pointer, count: 3)
    #expect(y.array == [10.5, 21, 31.5])
    Elementwise.multiply(y.pointer, by: 2, count: 2)
    #expect(y.array == [21, 42, 31.5])
  }
}
