import NeuralNetwork
import Runtime
import Tensor
import TestSupport
import Testing

@testable import IntrinsicReward

@Suite struct EnsembleTests {
  @Test func mixesMeanAndMinimum() {
    var generator = RandomGenerator(seed: 2)
    for _ in 0..<200 {
      let count = 2 + generator.below(5)
      let values = (0..<count).map { _ in 4 * generator.uniform() - 2 }
      let gamma = generator.uniform()
      let mean = values.reduce(0, +) / Float(count)
      #expect(HeadMixture.mix(values, meanWeight: 1) == mean)
      #expect(HeadMixture.mix(values, meanWeight: 0) == values.min())
      let mixed = HeadMixture.mix(values, meanWeight: gamma)
      // +5 on a head that is not the minimum changes r by 5 gamma / K.
      let least = values.indices.min { values[$0] < values[$1] } ?? 0
      var hacked = values
      hacked[(least + 1) % count] += 5
      #expect(abs(HeadMixture.mix(hacked, meanWeight: gamma) - mixed - 5 * gamma / Float(count)) < 1e-5)
    }
    // Exact where the numbers are exact.
    #expect(HeadMixture.mix([1, 2, 8, 5], meanWeight: 0.5) == 2.5)
    #expect(HeadMixture.mix([1, 2, 13, 5], meanWeight: 0.5) == 2.5 + 5 * 0.5 / 4)
    #expect(HeadMixture.deviation([1, 3]) == 1 && HeadMixture.deviation([2, 2, 2]) == 0)
  }

  @Test func bootstrapsCountAsPoissonDoes() {
    let drawn = (0..<20_000).map { HeadBootstrap.weights(ByteHash.fnv1a("caption \($0)".utf8), heads: 5) }
    #expect(drawn.allSatisfy { $0.contains { $0 > 0 } })
    #expect(drawn[7] == HeadBootstrap.weights(ByteHash.fnv1a("caption 7".utf8), heads: 5))
    for head in 0..<5 {
      let weights = drawn.map { Double($0[head]) }
      let mean = weights.reduce(0, +) / 20_000
      // Five standard errors, plus e^-5 / 5 from the rule that the weights are never all zero.
      #expect(abs(mean - 1) < 5 / 20_000.0.squareRoot() + 0.002)
      for (value, probability) in [(0.0, 0.3679), (1, 0.3679), (2, 0.1839), (3, 0.0613)] {
        #expect(abs(Double(weights.count { $0 == value }) / 20_000 - probability) < 0.02)
      }
    }
    // Heads draw independently.
    let both = drawn.count { $0[0] == 0 && $0[1] == 0 }
    #expect(abs(Double(both) / 20_000 - 0.1353) < 0.02)
    #expect(HeadBootstrap.digest(3, 9) == HeadBootstrap.digest(9, 3))
  }

  /// Gradients of a network with three heads compared with central differences along them.
  @Test func gradientsOfAllHeadsReachTheEncoder() {
    let network = CaptionNetwork.ranking(heads: 3, dropout: 0)
    var generator = RandomGenerator(seed: 6)
    let parameters = FloatBuffer(count: network.parameters.count)
    network.initialise(parameters, generator: &generator)
    let workspace = CaptionWorkspace(network, maximumTexts: 4)
    var batch = TextBatch(capacity: 4)
    for text in ["You kill the newt!", "It's a wall.", "You see here a key."] { batch.append(Array(text.utf8)) }
    let slopes = (0..<9).map { _ in generator.uniform() - 0.5 }
    let prepared = network.makePrepared()
    func loss(_ parameters: FloatBuffer) -> Double {
      let weights = network.prepare(parameters, into: prepared, forTraining: true)
      network.forward(batch, weights: weights, workspace: workspace)
      var sum = 0.0
      for head in 0..<3 {
        let outputs = network.headOutputs(batch, workspace, head: head)
        for text in 0..<3 { sum += Double(slopes[3 * head + text]) * Double(outputs.row(text)[0]) }
      }
      return sum
    }
    _ = loss(parameters)
    let gradients = FloatBuffer(count: parameters.count)
    let weights = network.prepare(parameters, into: prepared, forTraining: true)
    network.forward(batch, weights: weights, workspace: workspace)
    for head in 0..<3 {
      let target = network.outputGradients(batch, workspace, head: head)
      for text in 0..<3 { target.row(text)[0] = slopes[3 * head + text] }
    }
    network.backward(batch, weights: weights, gradients: gradients, workspace: workspace)
    network.finishBackward(weights: weights, gradients: gradients, workspace: workspace)
    let chosen = [
      "encoder.1.weight", "encoder.6.weight", "encoder.dense.weight", "heads.2.1.weight", "heads.3.3.weight",
    ]
    for slice in network.parameters.slices where chosen.contains(slice.name) {
      let moved = FloatBuffer(count: parameters.count)
      // Makes the difference larger than rounding.
      var square = 0.0
      for i in slice.offset..<slice.offset + slice.count {
        square += Double(gradients.pointer[i] * gradients.pointer[i])
      }
      #expect(square > 0)
      let step = 1e-3 / square.squareRoot()
      func shifted(_ sign: Double) -> Double {
        moved.copy(from: parameters)
        for i in slice.offset..<slice.offset + slice.count {
          moved.pointer[i] += Float(sign * step * Double(gradients.pointer[i]))
        }
        return loss(moved)
      }
      let difference = (shifted(1) - shifted(-1)) / (2 * step)
      #expect(abs(difference - square) < 0.05 * square + 1e-4, "\(slice.name): \(difference), \(square)")
    }
  }

  @Test(arguments: LearnedRewardOptions.Method.allCases)
  func learnsAndKnowsHowFarHeadsDiffer(method: LearnedRewardOptions.Method) throws {
    let captions = LearnedParts.captions(40)
    let labels = LearnedParts.labels(captions)
    let correct = try LearnedParts.medianOfSeeds { seed in
      var options = LearnedParts.options(method, seed: seed)
      options.heads = 3
      options.stepsPerArrival = 40
      let model = LearnedReward(options, coreShare: nil)
      try model.learn(RewardUpdate(captions: captions, labels: Array(labels[..<30])))
      // Few steps, so that not all heads are certain.
      #expect(try #require(model.statistics?.headDeviation) > 0)
      for label in labels[30..<33] { try model.learn(RewardUpdate(labels: [label])) }
      return LearnedParts.correct(model, captions)
    }
    #expect(correct >= 36)
    let single = LearnedReward(LearnedParts.options(method), coreShare: nil)
    try single.learn(RewardUpdate(captions: captions, labels: LearnedParts.labels(captions)))
    #expect(single.statistics?.headDeviation == nil)
  }
}
