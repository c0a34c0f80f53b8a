import ActorCritic
import Glibc
import Runtime
import Tensor
import Testing

/// The distribution of a discrete space: the softmax of a row of logits.
@Suite struct CategoricalTests {
  private func logits(_ count: Int, spread: Float, _ generator: inout RandomGenerator) -> [Float] {
    (0..<count).map { _ in spread * (generator.uniform() - 0.5) }
  }

  /// Softmax probabilities in Float64, by definition.
  private func probabilities(_ logits: [Double]) -> [Double] {
    let highest = logits.max() ?? 0
    let weights = logits.map { exp($0 - highest) }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
  }

  @Test(arguments: [1, 2, 28, 121])
  func logSoftmaxAgreesWithTheDefinition(actionCount: Int) {
    var generator = RandomGenerator(seed: 1)
    let rows = 5
    for spread in [0.1, 10, 200] as [Float] {
      let logits = logits(rows * actionCount, spread: spread, &generator)
      var result = [Float](repeating: .nan, count: logits.count)
      ActionHead(.discrete(actionCount)).normalise(logits, rows: rows, into: &result)
      for row in 0..<rows {
        let range = row * actionCount..<(row + 1) * actionCount
        let expected = probabilities(logits[range].map(Double.init))
        for (index, probability) in zip(range, expected) where probability > 1e-30 {
          #expect(abs(Double(result[index]) - log(probability)) < 1e-5 * max(1, Double(spread)))
        }
        let row = Array(result[range])
        let entropy = -expected.reduce(0) { $0 + ($1 > 0 ? $1 * log($1) : 0) }
        #expect(abs(Double(Rows.entropy(logProbabilities: row, count: actionCount)) - entropy) < 1e-4)
      }
    }
  }

  @Test func uniformLogitsHaveTheLargestEntropy() {
    let uniform = [Float](repeating: 3, count: 16)
    var logProbabilities = uniform
    ActionHead(.discrete(16)).normalise(uniform, rows: 1, into: &logProbabilities)
    #expect(abs(Rows.entropy(logProbabilities: logProbabilities, count: 16) - logf(16)) < 1e-6)
  }

  @Test func samplesFollowTheProbabilities() {
    var generator = RandomGenerator(seed: 2)
    let logits: [Float] = [0, 1, -1, 2, -.infinity, 0.5]
    let expected = probabilities(logits.map(Double.init))
    let draws = 200_000
    var counts = [Int](repeating: 0, count: logits.count)
    var actions = [Int32](repeating: -1, count: 1)
    for _ in 0..<draws {
      let logProbability = ActionHead(.discrete(logits.count)).sample(logits, &generator, into: &actions)
      let action = Int(actions[0])
      counts[action] += 1
      #expect(abs(Double(logProbability) - log(expected[action])) < 1e-5)
    }
    for (count, probability) in zip(counts, expected) {
      // Five standard deviations of a binomial share; the seed is fixed, so the test is deterministic.
      let deviation = (probability * (1 - probability) / Double(draws)).squareRoot()
      #expect(abs(Double(count) / Double(draws) - probability) <= 5 * deviation)
    }
    #expect(counts[4] == 0)
  }

  @Test func samplingInvertsTheCumulatedProbabilities() {
    let logits = [0.25, 0.5, 0.25].map { logf($0) }
    let cases: [(Float, Int)] = [(0, 0), (0.24, 0), (0.26, 1), (0.74, 1), (0.76, 2), (0.999_999_94, 2)]
    for (uniform, action) in cases {
      #expect(Rows.sample(logits, count: 3, uniform: uniform).index == action)
    }
  }

  @Test func impossibleActionsAreNotSampledAtTheEdges() {
    let logits: [Float] = [-.infinity, 0, -.infinity]
    for uniform in [0, 0.5, 0.999_999_94] as [Float] {
      let (action, logProbability) = Rows.sample(logits, count: 3, uniform: uniform)
      #expect(action == 1)
      #expect(logProbability == 0)
    }
  }

  @Test func sampledLogProbabilityIsThatOfTheAction() {
    var generator = RandomGenerator(seed: 3)
    for _ in 0..<100 {
      let logits = logits(28, spread: 20, &generator)
      let (action, logProbability) = Rows.sample(logits, count: 28, uniform: generator.uniform())
      var logProbabilities = logits
      ActionHead(.discrete(28)).normalise(logits, rows: 1, into: &logProbabilities)
      #expect(abs(logProbability - logProbabilities[action]) < 1e-5)
    }
  }

  @Test func aRowThatIsNotANumberIsNoticed() {
    let logits: [Float] = [0, .nan, 1]
    #expect(Rows.sample(logits, count: 3, uniform: 0.5).logProbability.isNaN)
  }

  @Test func gradientAgreesWithCentralDifferences() {
    var generator = RandomGenerator(seed: 4)
    let (actionCount, action) = (9, 4)
    let (slope, entropySlope) = (0.7, -0.3)
    let logits = logits(actionCount, spread: 4, &generator)
    func loss(_ logits: [Double]) -> Double {
      let probabilities = probabilities(logits)
      let entropy = -probabilities.reduce(0) { $0 + $1 * log($1) }
      return slope * log(probabilities[action]) + entropySlope * entropy
    }
    var logProbabilities = logits
    ActionHead(.discrete(actionCount)).normalise(logits, rows: 1, into: &logProbabilities)
    var gradient = [Float](repeating: .nan, count: actionCount)
    Rows.writeLogitGradients(
      logProbabilities: logProbabilities, count: actionCount, index: action,
      logProbabilityGradient: Float(slope), entropyGradient: Float(entropySlope),
      entropy: Rows.entropy(logProbabilities: logProbabilities, count: actionCount), into: &gradient)
    #expect(differenceFromNumerical(loss, at: logits.map(Double.init), gradient) < 1e-5)
  }

  @Test func impossibleActionsHaveNoGradient() {
    var logProbabilities: [Float] = [0, -.infinity, 0]
    ActionHead(.discrete(3)).normalise(logProbabilities, rows: 1, into: &logProbabilities)
    var gradient = [Float](repeating: .nan, count: 3)
    Rows.writeLogitGradients(
      logProbabilities: logProbabilities, count: 3, index: 0, logProbabilityGradient: 1, entropyGradient: 1,
      entropy: Rows.entropy(logProbabilities: logProbabilities, count: 3), into: &gradient)
    #expect(gradient == [0.5, 0, -0.5])
  }
}
