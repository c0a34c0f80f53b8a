import Environments
import Runtime
import Testing

@testable import Studies

@Suite struct StudentTests {
  /// d loss / d parameters by central differences, for a loss that weighs the outputs.
  @Test func gradientsOfTheSmallNetwork() {
    var generator = RandomGenerator(seed: 1)
    var network = SmallNetwork(inputs: 4, hidden: 6, outputs: 3, &generator)
    let input: [Float] = [0.5, 0, -1.25, 2]
    let slopes: [Float] = [1, -0.5, 2]
    func loss(_ network: SmallNetwork) -> Double {
      zip(network.values(input), slopes).reduce(0) { $0 + Double($1.0 * $1.1) }
    }
    network.accumulate(input, slopes: slopes)
    let step: Float = 1.0 / 256
    for index in network.parameters.indices {
      var (up, down) = (network, network)
      up.nudge(index, by: step)
      down.nudge(index, by: -step)
      let expected = (loss(up) - loss(down)) / Double(2 * step)
      #expect(abs(Double(network.gradients[index]) - expected) < 2e-3, "parameter \(index)")
    }
  }

  @Test func theSmallNetworkLearnsWhatALinearModelCannot() {
    var generator = RandomGenerator(seed: 2)
    let inputs: [[Float]] = [[0, 0], [0, 1], [1, 0], [1, 1]]
    for _ in 0..<3 {
      var network = SmallNetwork(inputs: 2, hidden: 16, outputs: 1, &generator)
      for _ in 0..<800 {
        for (index, input) in inputs.enumerated() {
          let target: Float = index == 1 || index == 2 ? 1 : 0
          network.accumulate(input, slopes: [Logistic.sigmoid(network.values(input)[0]) - target])
        }
        network.update(rate: 0.01)
      }
      #expect(network.gradients.allSatisfy { $0 == 0 })
      #expect(inputs.map { network.values($0)[0] > 0 } == [false, true, true, false])
    }
  }

  @Test func logarithmsOfProbabilities() {
    let logs = Logistic.logSoftmax([1, 2, 3])
    #expect(abs(logs.reduce(0) { $0 + Logistic.exp($1) } - 1) < 1e-6)
    #expect(abs(logs[2] - logs[0] - 2) < 1e-6)
    #expect(abs(Logistic.logit(Logistic.sigmoid(1.5)) - 1.5) < 1e-5)
    #expect(Logistic.deviation([1, 1, 1]) == 0 && Logistic.deviation([0, 2]) == 1 && Logistic.mean([]) == 0)
  }

  /// A step along d log pi / d weights raises log pi by its squared length.
  @Test func theGradientOfALogProbability() {
    var policy = LinearScores(features: 3, actions: 4)
    policy.raise([1, 0, 2], 1, by: 0.25)
    let input: [Float] = [0.5, 1, -1]
    let before = policy.logProbabilities(input)
    let rate: Float = 1e-3
    var after = policy
    after.raiseLogProbability(input, 2, by: rate)
    let length =
      zip(after.weights, policy.weights).reduce(Float(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / rate / rate
    #expect(abs((after.logProbabilities(input)[2] - before[2]) / rate - length) < 0.02 * length)
  }

  @Test func wordsAreCounted() {
    let words = WordCounts(["You see here a key.", "a KEY, a key"])
    #expect(words.count == 5)
    #expect(words.rows[1].reduce(0, +) == 4 && words.rows[0].allSatisfy { $0 <= 1 })
    #expect(CaptionWords.rows.count == CaptionGridCaption.allCases.count - 1)
    #expect(CaptionWords.place(.none) == nil && CaptionWords.place(.seesKey) != nil)
  }
}
