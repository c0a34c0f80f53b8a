import Foundation
import Runtime
import Tensor
import TestSupport
import Testing

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
    let probabilities = FloatBuffer(x)
    Rows.softmax(probabilities.pointer, into: probabilities.pointer, count: count)
    #expect(GradientCheck.largestError(probabilities.array, expected.map { exp($0) }) < 1e-6)
  }

  @Test func anImpossibleActionHasProbabilityZero() {
    let x = FloatBuffer([0, -.infinity, 0])
    let p = FloatBuffer(count: 3)
    Rows.softmax(x.pointer, into: p.pointer, count: 3)
    #expect(p.array == [0.5, 0, 0.5])
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
    for step in 0..<1000 {
      let uniform = Float(step) / 1000
      let (index, logProbability) = Rows.sample(row.pointer, count: count, uniform: uniform)
      #expect(sums[index] > Double(uniform) - 1e-5)
      #expect((index == 0 ? 0 : sums[index - 1]) < Double(uniform) + 1e-5)
      #expect(abs(Double(logProbability) - expected[index]) < 1e-5)
    }
    let last = Rows.sample(row.pointer, count: count, uniform: Float(1).nextDown)
    #expect(x[last.index] > -.infinity)
  }
}
