import NeuralNetwork
import Runtime
import Tensor
import TestSupport
import Testing

@Suite struct AdamTests {
  /// Algorithm 1 of the paper in Float64, with clipping before it.
  private struct ReferenceAdam {
    var parameters, first, second: [Double]
    var step = 0

    init(_ parameters: [Double]) {
      self.parameters = parameters
      first = parameters.map { _ in 0 }
      second = first
    }

    mutating func update(_ gradients: [Double], rate: Double, maximumNorm: Double) {
      step += 1
      let norm = gradients.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let scale = maximumNorm > 0 && norm > maximumNorm ? maximumNorm / norm : 1
      var power1 = 1.0
      var power2 = 1.0
      for _ in 0..<step {
        power1 *= 0.9
        power2 *= Double(Float(0.999))
      }
      for i in parameters.indices {
        let g = gradients[i] * scale
        first[i] = 0.9 * first[i] + 0.1 * g
        second[i] = 0.999 * second[i] + 0.001 * g * g
        parameters[i] -= rate * (first[i] / (1 - power1)) / ((second[i] / (1 - power2)).squareRoot() + 1e-6)
      }
    }
  }

  @Test(arguments: [0, 0.5, 100] as [Float])
  func updatesMatchThePaper(maximumNorm: Float) {
    var generator = RandomGenerator(seed: 6)
    let parameters = FloatBuffer(generator.values(37))
    let adam = Adam(parameterCount: 37, options: AdamOptions())
    var reference = ReferenceAdam(parameters.array.doubles)
    for _ in 0..<20 {
      let gradients = FloatBuffer(generator.values(37))
      let norm = adam.update(parameters, gradients: gradients, learningRate: 0.01, maximumGradientNorm: maximumNorm)
      reference.update(gradients.array.doubles, rate: 0.01, maximumNorm: Double(maximumNorm))
      let expectedNorm = gradients.array.doubles.reduce(0) { $0 + $1 * $1 }.squareRoot()
      #expect(abs(Double(norm) / expectedNorm - 1) < 1e-6)
    }
    #expect(adam.step == 20)
    #expect(GradientCheck.largestError(parameters.array, reference.parameters) < 1e-5)
    #expect(GradientCheck.largestError(adam.firstMoment.array, reference.first) < 1e-5)
  }

  /// The gradient is finite, and the square of one component is not.
  @Test(arguments: 1...40) func aMomentThatIsNotFiniteIsNoticed(count: Int) {
    for place in [0, count / 2, count - 1] {
      let parameters = FloatBuffer([Float](repeating: 1, count: count))
      let adam = Adam(parameterCount: count, options: AdamOptions())
      func update(_ value: Float) -> Float {
        var gradients = [Float](repeating: 0.5, count: count)
        gradients[place] = value
        return adam.update(parameters, gradients: FloatBuffer(gradients), learningRate: 0.1, maximumGradientNorm: 0)
      }
      #expect(update(2).isFinite && adam.isFinite)
      parameters.pointer[place] = .infinity
      #expect(update(2).isFinite && !adam.isFinite)
      parameters.pointer[place] = 1
      #expect(update(2).isFinite && adam.isFinite)
      adam.secondMoment.pointer[place] = .infinity
      #expect(update(2).isFinite && !adam.isFinite)
    }
  }

  @Test(arguments: 2...4) func aTeamMakesTheSameBits(members: Int) throws {
    let team = try ThreadTeam(count: members, name: "adam")
    for count in [1, 3, 16, 37, 1000] {
      var generator = RandomGenerator(seed: 7)
      let alone = FloatBuffer(generator.values(count))
      let shared = FloatBuffer(alone.array)
      let (one, many) = (
        Adam(parameterCount: count, options: AdamOptions()), Adam(parameterCount: count, options: AdamOptions())
      )
      for _ in 0..<3 {
        let gradients = FloatBuffer(generator.values(count))
        _ = one.update(alone, gradients: gradients, learningRate: 0.01, maximumGradientNorm: 1)
        _ = many.update(shared, gradients: gradients, learningRate: 0.01, maximumGradientNorm: 1, team: team)
      }
      #expect(alone.array.map(\.bitPattern) == shared.array.map(\.bitPattern))
      #expect(one.secondMoment.array == many.secondMoment.array)
      for place in [0, count / 2, count - 1] {
        let value = shared.pointer[place]
        shared.pointer[place] = .infinity
        let gradients = FloatBuffer(generator.values(count))
        _ = many.update(shared, gradients: gradients, learningRate: 0.01, maximumGradientNorm: 1, team: team)
        #expect(!many.isFinite)
        shared.pointer[place] = value
      }
    }
  }

  @Test(arguments: [Float.nan, .infinity])
  func gradientsThatAreNotFiniteChangeNothing(bad: Float) {
    let parameters = FloatBuffer([1, 2, 3])
    let adam = Adam(parameterCount: 3, options: AdamOptions())
    let norm = adam.update(
      parameters, gradients: FloatBuffer([1, bad, 1]), learningRate: 0.1, maximumGradientNorm: 1)
    #expect(!norm.isFinite)
    #expect(parameters.array == [1, 2, 3])
    #expect(adam.step == 0 && adam.firstMoment.array == [0, 0, 0] && adam.secondMoment.array == [0, 0, 0])
  }

  @Test func restoredStateContinuesAsIfNeverInterrupted() {
    var generator = RandomGenerator(seed: 12)
    let original = FloatBuffer(generator.values(10))
    let adam = Adam(parameterCount: 10, options: AdamOptions())
    let gradients = (0..<6).map { _ in FloatBuffer(generator.values(10)) }
    for g in gradients[..<3] { _ = adam.update(original, gradients: g, learningRate: 0.01, maximumGradientNorm: 4) }
    let copy = FloatBuffer(original.array)
    let restored = Adam(parameterCount: 10, options: AdamOptions())
    restored.step = adam.step
    restored.firstMoment.copy(from: adam.firstMoment)
    restored.secondMoment.copy(from: adam.secondMoment)
    for g in gradients[3...] {
      _ = adam.update(original, gradients: g, learningRate: 0.01, maximumGradientNorm: 4)
      _ = restored.update(copy, gradients: g, learningRate: 0.01, maximumGradientNorm: 4)
    }
    #expect(original.array.map(\.bitPattern) == copy.array.map(\.bitPattern))
  }
}
