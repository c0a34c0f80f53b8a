import NeuralNetwork
import Tensor

/// One version of a learned model, and what it says of the captions scored so far.
struct ScoredVersion {
  let state: CaptionNetworkState
  /// As it was when the version was made: with its moments.
  let objective: any CaptionObjective
  private let prepared: FloatBuffer
  /// Views of `state` and `prepared`.
  let weights: Weights
  /// By caption id; NaN for 0, which is no caption.
  private(set) var margins: [Float] = [.nan]
  /// The same as rewards.
  private(set) var rewards: [Float] = [.nan]

  init(_ state: CaptionNetworkState, _ network: CaptionNetwork, _ objective: any CaptionObjective) {
    self.state = state
    self.objective = objective
    prepared = network.makePrepared()
    weights = network.prepare(state.parameters, into: prepared, forTraining: false)
  }

  /// Captions scored; their ids are 1 ... count.
  var count: Int { margins.count - 1 }

  mutating func append(margin: Float) {
    margins.append(margin)
    rewards.append(objective.reward(margin: margin))
  }
}
