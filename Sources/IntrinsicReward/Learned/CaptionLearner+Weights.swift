import NeuralNetwork
import Runtime
import Tensor

/// How much each example of a step counts: for each head of an ensemble, and by what the model says of pairs.
extension CaptionLearner {
  /// The examples as each head counts them; the loss is the mean over the heads.
  func bootstrapped(_ examples: RewardExamples) -> [RewardExamples] {
    let heads = network.heads.count
    let digests = examples.captions.map { captions.digest($0) }
    let drawn =
      examples.pairs.isEmpty
      ? digests.map { HeadBootstrap.weights($0, heads: heads) }
      : examples.pairs.map {
        HeadBootstrap.weights(HeadBootstrap.digest(digests[$0.first], digests[$0.second]), heads: heads)
      }
    return (0..<heads).map { head in
      var own = examples
      own.weights = drawn.indices.map { index in
        drawn[index][head] / Float(heads) * (examples.weights.isEmpty ? 1 : examples.weights[index])
      }
      return own
    }
  }

  /// Weighs the pairs of the batch that has just passed the network.
  func weigh(_ examples: inout RewardExamples, _ weights: Weights) {
    var outputs = PairOutputs(heads: headMargins())
    let passes = pairWeights.map(\.passes).max() ?? 0
    var drawing: RandomGenerator? = generator
    for _ in 0..<passes {
      network.passHeads(batch, weights: weights, workspace: workspace, generator: &drawing)
      let margins = headMargins()
      outputs.passes.append(batch.indices.map { text in HeadMixture.mean(margins.map { $0[text] }) })
    }
    // The pass that is trained on has to be the latest.
    if passes > 0 { network.passHeads(batch, weights: weights, workspace: workspace, generator: &drawing) }
    generator = drawing ?? generator
    for index in pairWeights.indices {
      let own = pairWeights[index].weights(of: examples.pairs, outputs, generator: &generator)
      examples.weigh(own, rest: pairWeights[index].rest)
    }
    pairWeightSum += examples.weights.reduce(0) { $0 + Double($1) }
    weighedPairs += examples.weights.count
  }

  /// The weight each pair would be learned with by the network as it is; 0 where it would be left out.
  package func weights(of preferences: [CaptionPreference]) -> [Float] {
    let weights = network.prepare(parameters, into: prepared, forTraining: false)
    let size = Self.maximumTexts / 2
    return stride(from: 0, to: preferences.count, by: size).flatMap { start in
      var group = RankingReward.group(preferences[start..<min(start + size, preferences.count)])
      fill(group.captions)
      network.forward(batch, weights: weights, workspace: workspace)
      weigh(&group, weights)
      return group.weights.isEmpty ? group.pairs.map { _ in 1 } : group.weights
    }
  }

  /// What each head finds a caption worth by the network as it is; NaN where it cannot tell.
  package func headValues(_ caption: UInt32) -> [Float] {
    fill([caption])
    let weights = network.prepare(parameters, into: prepared, forTraining: false)
    network.forward(batch, weights: weights, workspace: workspace)
    return zip(objectives, headMargins()).map { $0.value(margin: $1[0]) ?? .nan }
  }

  /// Margins of the batch's texts in the latest pass, by head.
  func headMargins() -> [[Float]] {
    objectives.indices.map { head in
      let outputs = network.headOutputs(batch, workspace, head: head)
      return batch.indices.map { objectives[head].margin(outputs.row($0)) }
    }
  }
}
