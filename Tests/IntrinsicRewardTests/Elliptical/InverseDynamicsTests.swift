import Foundation
import NeuralNetwork
import Runtime
import Tensor
import TestSupport
import Testing

@testable import IntrinsicReward

@Suite struct InverseDynamicsTests {
  private static let choices = [3, 2]

  /// Pairs of observations with an action each.
  private struct Pairs {
    var before: [[Float]] = []
    var after: [[Float]] = []
    var actions: [[Int32]] = []
  }

  private func pairs(_ count: Int, inputs: Int, seed: UInt64 = 2) -> Pairs {
    var generator = RandomGenerator(seed: seed)
    var pairs = Pairs()
    for _ in 0..<count {
      pairs.before.append(generator.values(inputs))
      pairs.after.append(generator.values(inputs))
      pairs.actions.append(Self.choices.map { Int32(generator.below($0)) })
    }
    return pairs
  }

  /// Dense layers with ReLU between them, in Float64.
  private func outputs(_ head: CaptionHead, _ input: [Double], _ parameters: [Double]) -> [Double] {
    var values = input
    for (index, layer) in head.layers.enumerated() {
      values = (0..<layer.outputs).map { j in
        let sum = values.indices.reduce(parameters[layer.bias.offset + j]) {
          $0 + values[$1] * parameters[layer.weight.offset + $1 * layer.outputs + j]
        }
        return index < head.layers.count - 1 ? max(0, sum) : sum
      }
    }
    return values
  }

  /// The mean cross-entropy of pairs, in Float64.
  private func loss(_ networks: InverseDynamics, _ pairs: Pairs, _ parameters: [Double]) throws -> Double {
    let inverse = try #require(networks.inverse)
    var sum = 0.0
    for (index, action) in pairs.actions.enumerated() {
      let features = [pairs.before[index], pairs.after[index]].flatMap {
        outputs(networks.encoder, $0.map(Double.init), parameters)
      }
      var logits = outputs(inverse, features, parameters)[...]
      for (choice, count) in zip(action, networks.choices) {
        let own = Array(logits.prefix(count))
        logits = logits.dropFirst(count)
        sum += log(own.reduce(0) { $0 + exp($1) }) - own[Int(choice)]
      }
    }
    return sum / Double(pairs.actions.count)
  }

  @Test func gradientsMatchCentralDifferences() throws {
    let networks = InverseDynamics(inputs: 4, hidden: [5], width: 6, choices: Self.choices)
    var generator = RandomGenerator(seed: 8)
    let parameters = FloatBuffer(generator.values(networks.layout.count, scale: 0.7))
    let pairs = pairs(5, inputs: 4)
    let batch = InverseDynamicsBatch(networks, inverse: try #require(networks.inverse), maximumPairs: 7)
    for index in 0..<5 { batch.add(pairs.before[index], pairs.actions[index], pairs.after[index]) }
    let gradients = FloatBuffer(count: parameters.count)
    let found = try #require(differentiate(batch, networks, parameters, gradients))
    let point = parameters.array.doubles
    let wanted = try loss(networks, pairs, point)
    #expect(abs(found - wanted) < 1e-5)
    let expected = GradientCheck.centralDifferences(at: point) { (try? loss(networks, pairs, $0)) ?? .nan }
    #expect(GradientCheck.relativeError(gradients.array, expected) < 1e-4)
  }

  /// An action outside the space is left out, and so is what exceeds the batch.
  @Test func aBatchTakesOnlyKnownActions() throws {
    let networks = InverseDynamics(inputs: 2, hidden: [3], width: 2, choices: Self.choices)
    let batch = InverseDynamicsBatch(networks, inverse: try #require(networks.inverse), maximumPairs: 2)
    for action in [[3, 0], [0, 2], [-1, 0], [0, .max], [.min, 0]] as [[Int32]] { batch.add([1, 2], action, [3, 4]) }
    let (parameters, gradients) = (FloatBuffer(count: networks.layout.count), FloatBuffer(count: networks.layout.count))
    #expect(batch.count == 0)
    #expect(differentiate(batch, networks, parameters, gradients) == nil)
    for _ in 0..<3 { batch.add([1, 2], [2, 1], [3, 4]) }
    #expect(batch.count == 2 && batch.isFull)
    batch.removeAll()
    #expect(batch.count == 0 && !batch.isFull)
  }

  /// The mean cross-entropy of a batch's pairs, whose gradient is added to `gradients`.
  private func differentiate(
    _ batch: InverseDynamicsBatch, _ networks: InverseDynamics, _ parameters: FloatBuffer, _ gradients: FloatBuffer
  ) -> Double? {
    let prepared = FloatBuffer(count: networks.layout.preparedCount)
    networks.encoder.prepare(parameters.pointer, into: prepared.pointer, forTraining: true)
    networks.inverse?.prepare(parameters.pointer, into: prepared.pointer, forTraining: true)
    return withExtendedLifetime(prepared) {
      batch.differentiate(
        weights: Weights(parameters: parameters.pointer, prepared: prepared.pointer), gradients: gradients.pointer)
    }
  }
}
