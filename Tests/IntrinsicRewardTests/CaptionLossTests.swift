import Foundation
import NeuralNetwork
import TestSupport
import Testing

@testable import IntrinsicReward

@Suite struct CaptionLossTests {
  private static let tolerance = 1e-4

  @Test func crossEntropyMatchesCentralDifferences() {
    let logits: [Float] = [0.5, -1, 3, 2, -0.25, 0.125, 20, -20]
    let targets: [Float] = [1, 0, 0.3, 0.5]
    let loss = { (x: [Double]) -> Double in
      var sum = 0.0
      for (row, p) in targets.enumerated() {
        let normaliser = log(exp(x[2 * row]) + exp(x[2 * row + 1]))
        sum -= (1 - Double(p)) * (x[2 * row] - normaliser) + Double(p) * (x[2 * row + 1] - normaliser)
      }
      return sum / Double(targets.count)
    }
    var gradients = [Float](repeating: 9, count: 8)
    let value = CaptionLoss.crossEntropy(logits: logits, targets: targets, total: 4, gradients: &gradients)
    #expect(abs(value - loss(logits.doubles)) < 1e-6)
    let expected = GradientCheck.centralDifferences(at: logits.doubles, loss: loss)
    #expect(GradientCheck.relativeError(gradients, expected) < Self.tolerance)
  }

  @Test func bradleyTerryMatchesCentralDifferences() {
    let rewards: [Float] = [0.5, -1, 3, 2]
    let pairs = [
      RewardPair(first: 0, second: 1, target: 1), RewardPair(first: 2, second: 0, target: 0.5),
      RewardPair(first: 3, second: 2, target: 0.1), RewardPair(first: 1, second: 3, target: 0),
    ]
    let loss = { (r: [Double]) -> Double in
      pairs.reduce(0.0) { sum, pair in
        let probability = 1 / (1 + exp(r[pair.second] - r[pair.first]))
        let target = Double(pair.target)
        return sum - (target * log(probability) + (1 - target) * log(1 - probability)) / Double(pairs.count)
      }
    }
    var gradients = [Float](repeating: 0, count: 4)
    let value = CaptionLoss.bradleyTerry(rewards: rewards, pairs: pairs, total: 4, gradients: &gradients)
    #expect(abs(value - loss(rewards.doubles)) < 1e-6)
    let expected = GradientCheck.centralDifferences(at: rewards.doubles, loss: loss)
    #expect(GradientCheck.relativeError(gradients, expected) < Self.tolerance)
  }

  @Test func farLogitsStayFinite() {
    var gradients: [Float] = [0, 0]
    let loss = CaptionLoss.crossEntropy(logits: [1e4, -1e4], targets: [1], total: 1, gradients: &gradients)
    #expect(loss == 2e4 && gradients == [0.5 * 2, -1])
  }

  @Test func preferencesComeFromLogOdds() {
    #expect(RewardPair.preference(1, over: 0) == 1)
    #expect(RewardPair.preference(0, over: 1) == 0)
    #expect(RewardPair.preference(1, over: 1) == 0.5)
    #expect(RewardPair.preference(0, over: 0) == 0.5)
    #expect(RewardPair.preference(0.5, over: 0.5) == 0.5)
    #expect(RewardPair.preference(1, over: 0.5) == 1)
    let (a, b) = (0.8, 0.3)
    let expected = 1 / (1 + exp(log(b / (1 - b)) - log(a / (1 - a))))
    #expect(abs(Double(RewardPair.preference(Float(a), over: Float(b))) - expected) < 1e-6)
  }

  /// Losses and the gradients of every parameter, against PyTorch.
  @Test(arguments: ["classifier", "ranking"])
  func lossAndGradientsAgreeWithPyTorch(name: String) throws {
    let golden = try RewardGolden(name)
    let network: CaptionNetwork = name == "classifier" ? .classifier : .ranking
    let problem = CaptionNetworkProblem(network, golden.makeParameters(network))
    let texts = golden.texts.map { Array($0.utf8) }
    let outputs = problem.outputs(texts)
    var slopes = [Float](repeating: 0, count: outputs.count)
    let loss =
      name == "classifier"
      ? CaptionLoss.crossEntropy(
        logits: outputs, targets: golden.labels, total: golden.labels.count, gradients: &slopes)
      : CaptionLoss.bradleyTerry(
        rewards: outputs,
        pairs: golden.pairs.map { RewardPair(first: $0.first, second: $0.second, target: $0.target) },
        total: golden.pairs.count, gradients: &slopes)
    #expect(abs(loss - golden.loss) < Self.tolerance * golden.loss)
    let gradients = problem.gradients(texts, outputGradients: slopes, batchSize: 3)
    for expected in golden.parameters {
      let slice = try #require(network.parameters.slices.first { $0.name == expected.name })
      let gradient = gradients[slice.offset..<slice.offset + slice.count]
      // The loss depends on differences of rewards only: the last bias has no gradient.
      if expected.norm < 1e-12 {
        #expect(gradient.allSatisfy { abs($0) < 1e-6 }, "gradient of \(slice.name)")
        continue
      }
      let norm = gradient.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      #expect(abs(norm - expected.norm) < Self.tolerance * expected.norm, "norm of the gradient of \(slice.name)")
      let samples = expected.indices.map { gradients[slice.offset + $0] }
      #expect(GradientCheck.relativeError(samples, expected.samples) < Self.tolerance, "gradient of \(slice.name)")
    }
  }

  @Test func entropyIsThatOfACoin() {
    #expect(abs(CaptionLoss.entropy(0) - 0.693_147_2) < 1e-6)
    for x: Float in [-30, -3, -0.5, 0.1, 2, 30] {
      let p = 1 / (1 + exp(-Double(x)))
      let expected = p > 0 && p < 1 ? -(p * log(p) + (1 - p) * log(1 - p)) : 0
      #expect(abs(Double(CaptionLoss.entropy(x)) - expected) < 1e-5)
      #expect(abs(CaptionLoss.entropy(x) - CaptionLoss.entropy(-x)) < 1e-5)
    }
    #expect(CaptionLoss.entropy(.nan).isNaN)
  }
}
