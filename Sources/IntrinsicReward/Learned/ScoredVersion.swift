import NeuralNetwork
import Tensor

/// One version of a learned model, and what it says of the captions scored so far.
struct ScoredVersion {
  private(set) var state: CaptionNetworkState
  /// Those of the heads as they were when the version was made: with their moments.
  let objectives: [any CaptionObjective]
  /// gamma of `HeadMixture`.
  private let meanWeight: Float
  private let prepared: FloatBuffer
  /// Views of `state` and `prepared`.
  let weights: Weights
  /// By caption id, the mean over the heads; NaN for 0, which is no caption.
  private(set) var margins: [Float] = [.nan]
  /// The same as rewards.
  private(set) var rewards: [Float] = [.nan]
  /// Sum over the captions of the deviation between the heads' values.
  private var deviationSum = 0.0

  init(
    _ state: CaptionNetworkState, _ network: CaptionNetwork, _ objectives: [any CaptionObjective], meanWeight: Float
  ) {
    self.state = state
    self.objectives = objectives
    self.meanWeight = meanWeight
    prepared = network.makePrepared()
    weights = network.prepare(state.parameters, into: prepared, forTraining: false)
  }

  /// Notes what the weights of pairs have learned from this version.
  mutating func note(pairWeights: [Float?]) {
    if !pairWeights.isEmpty { state.progress.pairWeights = pairWeights }
  }

  /// Captions scored; their ids are 1 ... count.
  var count: Int { margins.count - 1 }

  /// Mean deviation between the heads; nil for one head and before the first caption.
  var headDeviation: Double? { objectives.count > 1 && count > 0 ? deviationSum / Double(count) : nil }

  /// Takes the margins in that the heads give the next caption.
  mutating func append(_ own: [Float]) {
    guard own.count > 1 else {
      margins.append(own[0])
      rewards.append(objectives[0].reward(margin: own[0]))
      return
    }
    margins.append(HeadMixture.mean(own))
    let values = zip(objectives, own).compactMap { $0.value(margin: $1) }
    guard values.count == own.count else {
      rewards.append(0)
      return
    }
    deviationSum += Double(HeadMixture.deviation(values))
    rewards.append(objectives[0].reward(value: HeadMixture.mix(values, meanWeight: meanWeight)))
  }
}
