import Runtime
import Statistics
import Tensor

/// What one way to learn a reward from labels consists of: examples, a loss, and what an output is worth.
protocol CaptionObjective: Sendable {
  /// Draws the examples of a step, in groups of at most `capacity` texts; none while there is nothing to learn.
  mutating func draw(
    from captions: LabelledCaptions, count: Int, capacity: Int, generator: inout RandomGenerator
  ) -> [RewardExamples]

  /// Writes d loss / d outputs of a group and returns its share of the step's loss.
  /// - Parameters:
  ///   - outputs: [examples.captions.count, outputs of the network]
  ///   - gradients: the same shape, zero.
  ///   - total: examples of the whole step, over which the loss is a mean.
  mutating func differentiate(
    _ outputs: UnsafePointer<Float>, _ examples: RewardExamples, total: Int, gradients: UnsafeMutablePointer<Float>
  ) -> Double

  /// The one number that tells captions apart: the larger, the more helpful.
  /// - Parameter output: [outputs of the network]
  func margin(_ output: UnsafePointer<Float>) -> Float

  /// What a margin means on a scale that heads of an ensemble share; nil while that cannot be told.
  func value(margin: Float) -> Float?

  /// The reward of a caption of this value.
  func reward(value: Float) -> Float

  /// The share of labels that margins agree with; nil when there is nothing to compare.
  /// - Parameter helpful: for each margin whether the label says so.
  func agreement(margins: [Float], helpful: [Bool]) -> Double?

  /// What of it must survive a restart beside the network.
  var moments: RunningMoments? { get set }
}

extension CaptionObjective {
  /// The reward of a caption with this margin.
  func reward(margin: Float) -> Float { value(margin: margin).map(reward(value:)) ?? 0 }
}

/// Some of a step's examples: captions, each once, and what is to be learned of them.
struct RewardExamples: Sendable {
  /// Global caption ids.
  var captions: [UInt32] = []
  /// Labels, one for each caption; empty where pairs are learned.
  var targets: [Float] = []
  /// Pairs of places in `captions`.
  var pairs: [RewardPair] = []
  /// How much each example counts; empty: all alike.
  var weights: [Float] = []

  /// Examples in it.
  var count: Int { pairs.isEmpty ? targets.count : pairs.count }
}
