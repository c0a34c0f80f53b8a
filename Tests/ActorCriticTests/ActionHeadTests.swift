import ActorCritic
import Foundation
import Runtime
import Testing
import Trajectories

/// Factored and continuous spaces, against the definitions in Float64. CategoricalTests has discrete ones.
@Suite struct ActionHeadTests {
  private static let factored = ActionSpace.factored([3, 1, 5])
  private static let continuous = ActionSpace.continuous([-1...1, -2...6, -.infinity...Float.infinity])

  private func outputs(_ space: ActionSpace, _ generator: inout RandomGenerator) -> [Float] {
    (0..<space.parameterCount).map { _ in 3 * generator.uniform() - 1.5 }
  }

  /// log p(action) and the entropy, by definition.
  private func definition(_ space: ActionSpace, _ outputs: [Double], _ stored: [Double]) -> (
    log: Double, entropy: Double
  ) {
    var (log, entropy, start) = (0.0, 0.0, 0)
    for (factor, count) in space.counts.enumerated() {
      let weights = outputs[start..<start + count].map { exp($0) }
      let probabilities = weights.map { $0 / weights.reduce(0, +) }
      log += Foundation.log(probabilities[Int(stored[factor])])
      entropy -= probabilities.reduce(0) { $0 + $1 * Foundation.log($1) }
      start += count
    }
    guard space.isContinuous else { return (log, entropy) }
    for i in 0..<space.elementCount {
      let deviation = exp(outputs[space.elementCount + i])
      let z = (stored[i] - outputs[i]) / deviation
      log -= 0.5 * z * z + Foundation.log(deviation) + 0.5 * Foundation.log(2 * Double.pi)
      entropy += 0.5 * Foundation.log(2 * Double.pi * M_E * deviation * deviation)
    }
    return (log, entropy)
  }

  @Test(arguments: [factored, continuous, .discrete(4)])
  func logProbabilityAndEntropyAgreeWithTheDefinition(space: ActionSpace) {
    var generator = RandomGenerator(seed: 1)
    let head = ActionHead(space)
    for _ in 0..<50 {
      let outputs = outputs(space, &generator)
      var action = [UInt32](repeating: 0, count: head.elementCount)
      let sampled = head.sample(outputs, &generator, into: &action)
      var parameters = outputs
      head.normalise(outputs, rows: 1, into: &parameters)
      let stored = ActionChoice(space, &action).stored.map(Double.init)
      let expected = definition(space, outputs.map(Double.init), stored)
      // The learner computes what the actor computed, bit for bit.
      #expect(head.logProbability(parameters, of: action) == sampled)
      #expect(abs(Double(sampled) - expected.log) < 1e-4)
      #expect(abs(Double(head.entropy(parameters)) - expected.entropy) < 1e-4)
    }
  }

  @Test(arguments: [factored, continuous])
  func gradientsAgreeWithCentralDifferences(space: ActionSpace) {
    var generator = RandomGenerator(seed: 2)
    let head = ActionHead(space)
    for _ in 0..<10 {
      let outputs = outputs(space, &generator)
      var action = [UInt32](repeating: 0, count: head.elementCount)
      _ = head.sample(outputs, &generator, into: &action)
      let stored = ActionChoice(space, &action).stored.map(Double.init)
      var (parameters, gradient) = (outputs, outputs)
      head.normalise(outputs, rows: 1, into: &parameters)
      head.writeGradient(
        parameters, action: action, logProbabilityGradient: 0.7, entropyGradient: -0.3, into: &gradient)
      func loss(_ outputs: [Double]) -> Double {
        let (log, entropy) = definition(space, outputs, stored)
        return 0.7 * log - 0.3 * entropy
      }
      #expect(differenceFromNumerical(loss, at: outputs.map(Double.init), gradient) < 1e-4)
    }
  }

  @Test func numbersFollowTheirGaussian() {
    let head = ActionHead(.continuous([-1...1]))
    let outputs: [Float] = [0.5, logf(0.25)]
    var generator = RandomGenerator(seed: 3)
    let draws = 100_000
    var (sum, squares) = (0.0, 0.0)
    for _ in 0..<draws {
      var number: Float = 0
      _ = head.sample(outputs, &generator, into: &number)
      sum += Double(number)
      squares += Double(number * number)
    }
    let mean = sum / Double(draws)
    // Five standard errors.
    #expect(abs(mean - 0.5) < 5 * 0.25 / Double(draws).squareRoot())
    #expect(abs((squares / Double(draws) - mean * mean).squareRoot() - 0.25) < 0.005)
  }

  @Test func aDeviationKeepsItsBounds() {
    let head = ActionHead(.continuous([-1...1]))
    for (output, bound) in [(Float(9), Float(2)), (-40, -5)] {
      var parameters: [Float] = [0, 0]
      head.normalise([0, output], rows: 1, into: &parameters)
      #expect(parameters == [0, bound])
      // At a bound, a gradient step must not push the deviation further out, and may pull it back.
      for slope in [Float(1), -1] {
        var gradient: [Float] = [.nan, .nan]
        head.writeGradient(
          parameters, action: [Float(0)], logProbabilityGradient: 0, entropyGradient: slope, into: &gradient)
        let leadsOut = output > 0 ? slope < 0 : slope > 0
        #expect(gradient[1] == (leadsOut ? 0 : slope))
      }
    }
  }

  @Test func theModeIsTheMostProbableAction() {
    var choices = [UInt32](repeating: 9, count: 3)
    ActionHead(Self.factored).mode([0, 2, 1, 7, -1, -1, 3, 3, -2], into: &choices)
    #expect(choices == [1, 0, 2])
    var number: Float = 9
    ActionHead(.continuous([-1...1])).mode([0.25, 1], into: &number)
    #expect(number == 0.25)
  }

  /// What torch.distributions makes of the same numbers (scripts/golden/make_action_golden.py).
  private struct Golden: Decodable {
    struct Rows: Decodable {
      let outputs, actions: [Float]
      let logProbabilities, entropies, gradients: [Double]
    }

    let factored, continuous: Rows
  }

  @Test func agreesWithPyTorch() throws {
    let path = Bundle.module.bundleURL.appending(path: "Golden/actions.json")
    let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: path))
    try expect(.factored([4, 1, 7]), golden.factored)
    try expect(.continuous([-1...1, -1...1, -1...1]), golden.continuous)
  }

  private func expect(_ space: ActionSpace, _ golden: Golden.Rows) throws {
    let head = ActionHead(space)
    let (size, elements) = (head.parameterCount, head.elementCount)
    var parameters = golden.outputs
    #expect(golden.entropies.count * size == parameters.count && golden.entropies.count == 6)
    head.normalise(golden.outputs, rows: golden.entropies.count, into: &parameters)
    for row in golden.entropies.indices {
      let parameters = Array(parameters[row * size..<(row + 1) * size])
      let bits = golden.actions[row * elements..<(row + 1) * elements].map {
        space.isContinuous ? $0.bitPattern : UInt32($0)
      }
      #expect(abs(Double(head.logProbability(parameters, of: bits)) - golden.logProbabilities[row]) < 1e-5)
      #expect(abs(Double(head.entropy(parameters)) - golden.entropies[row]) < 1e-5)
      var gradient = parameters
      head.writeGradient(parameters, action: bits, logProbabilityGradient: 0.7, entropyGradient: -0.3, into: &gradient)
      for (found, expected) in zip(gradient, golden.gradients[row * size..<(row + 1) * size]) {
        #expect(abs(Double(found) - expected) < 1e-4 * max(1, abs(expected)))
      }
    }
  }
}
