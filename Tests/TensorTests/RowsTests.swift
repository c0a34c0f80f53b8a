import Foundation
import Runtime
import Tensor
import TestSupport
import Testing

@Suite struct RowsTests {
  @Test func columnSumsRespectTheStride() {
    // Two rows of three columns in a buffer of stride five; the last two columns belong to other data.
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

@Suite struct RowsSoftmaxTests {
  static let counts = [1, 2, 7, 8, 9, 16, 17, 28, 121]

  private func logProbabilities(_ x: [Float]) -> [Double] {
    let largest = x.doubles.max() ?? 0
    let normaliser = log(x.doubles.map { exp($0 - largest) }.reduce(0, +)) + largest
    return x.doubles.map { $0 - normaliser }
  }

  @Test(arguments: counts)
  func softmaxMatchesFloat64(count: Int) {
    var generator = RandomGenerator(seed: UInt64(count))
    let x = generator.values(count, scale: 20)
    let expected = logProbabilities(x)
    let logs = FloatBuffer(x)
    let returned = Rows.logSoftmax(logs.pointer, into: logs.pointer, count: count)
    #expect(abs(Double(returned) - (Double(x[0]) - expected[0])) < 1e-5)
    #expect(GradientCheck.largestError(logs.array, expected) < 1e-5)
  }

  @Test func anImpossibleActionHasProbabilityZero() {
    let x = FloatBuffer([0, -.infinity, 0])
    let p = FloatBuffer(count: 3)
    Rows.logSoftmax(x.pointer, into: p.pointer, count: 3)
    #expect(p.pointer[1] == -.infinity && abs(p.pointer[0] + 0.6931472) < 1e-6)
    #expect(abs(Rows.entropy(logProbabilities: p.pointer, count: 3) - 0.6931472) < 1e-6)
    Rows.writeLogitGradients(
      logProbabilities: p.pointer, count: 3, index: 0, logProbabilityGradient: 1, entropyGradient: 1,
      entropy: 0.6931472, into: p.pointer)
    #expect(p.pointer[1] == 0 && abs(p.pointer[0] - 0.5) < 1e-6 && abs(p.pointer[2] + 0.5) < 1e-6)
  }

  @Test(arguments: [[Float.nan, 0, 1], [0, .nan, 1], [-.infinity, -.infinity]])
  func aRowWithoutADistributionGivesNaN(x: [Float]) {
    let row = FloatBuffer(x)
    #expect(Rows.sample(row.pointer, count: x.count, uniform: 0.5).logProbability.isNaN)
    #expect(Rows.logSoftmax(row.pointer, into: row.pointer, count: x.count).isFinite == false)
    #expect(row.array.contains { $0.isNaN })
  }

  @Test(arguments: counts)
  func entropyAndGradientsMatchCentralDifferences(count: Int) {
    var generator = RandomGenerator(seed: UInt64(count + 1))
    let x = generator.values(count, scale: 3)
    let index = count / 2
    func entropy(_ x: [Double]) -> Double {
      -logProbabilities(x.map(Float.init)).reduce(0) { $0 + exp($1) * $1 }
    }
    func loss(_ x: [Double]) -> Double {
      let normaliser = log(x.map { exp($0) }.reduce(0, +))
      let logs = x.map { $0 - normaliser }
      return 1.5 * logs[index] - 0.7 * logs.reduce(0) { $0 - exp($1) * $1 }
    }
    let logs = FloatBuffer(x)
    Rows.logSoftmax(logs.pointer, into: logs.pointer, count: count)
    let h = Rows.entropy(logProbabilities: logs.pointer, count: count)
    #expect(abs(Double(h) - entropy(x.doubles)) < 1e-5)
    let gradients = FloatBuffer(count: count)
    Rows.writeLogitGradients(
      logProbabilities: logs.pointer, count: count, index: index, logProbabilityGradient: 1.5, entropyGradient: -0.7,
      entropy: h, into: gradients.pointer)
    let expected = GradientCheck.centralDifferences(at: x.doubles, loss: loss)
    #expect(GradientCheck.largestError(gradients.array, expected) < 1e-5)
  }

  @Test(arguments: counts)
  func samplesAreWhereTheCumulatedProbabilityPasses(count: Int) {
    var generator = RandomGenerator(seed: UInt64(count + 2))
    var x = generator.values(count, scale: 4)
    if count > 2 { x[1] = -.infinity }
    let expected = logProbabilities(x)
    let row = FloatBuffer(x)
    var sums: [Double] = []
    for value in expected { sums.append((sums.last ?? 0) + exp(value)) }
    let learned = FloatBuffer(count: count)
    _ = Rows.logSoftmax(row.pointer, into: learned.pointer, count: count)
    for step in 0..<1000 {
      let uniform = Float(step) / 1000
      let (index, logProbability) = Rows.sample(row.pointer, count: count, uniform: uniform)
      #expect(logProbability == learned.pointer[index], "actor and learner compute the same bits")
      #expect(sums[index] > Double(uniform) - 1e-5)
      #expect((index == 0 ? 0 : sums[index - 1]) < Double(uniform) + 1e-5)
      #expect(abs(Double(logProbability) - expected[index]) < 1e-5)
    }
    let last = Rows.sample(row.pointer, count: count, uniform: Float(1).nextDown)
    #expect(x[last.index] > -.infinity)
  }
}
