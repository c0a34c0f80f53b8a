import Tensor

/// What one way to learn a reward from labels consists of: a network, examples, a loss, and what an output is worth.
protocol CaptionObjective: Sendable {
  var network: CaptionNetwork { get }

  /// Draws the examples of a step, in groups of at most `capacity` texts; none while there is nothing to learn.
  mutating func draw(
    from captions: LabelledCaptions, count: Int, capacity: Int, generator: inout RandomGenerator
  ) -> [RewardExamples]

  /// Writes d loss / d outputs of a group and returns its share of the step's loss.
  /// - Parameters:
  ///   - outputs: [examples.captions.count, network.outputs]
  ///   - gradients: the same shape, zero.
  ///   - total: examples of the whole step, over which the loss is a mean.
  mutating func differentiate(
    _ outputs: UnsafePointer<Float>, _ examples: RewardExamples, total: Int, gradients: UnsafeMutablePointer<Float>
  ) -> Double

  /// The one number that tells captions apart: the larger, the more helpful.
  /// - Parameter output: [network.outputs]
  func margin(_ output: UnsafePointer<Float>) -> Float

  /// The reward of a caption with this margin.
  func reward(margin: Float) -> Float

  /// The share of labels that margins agree with; nil when there is nothing to compare.
  /// - Parameter helpful: for each margin whether the label says so.
  func agreement(margins: [Float], helpful: [Bool]) -> Double?

  /// What of it must survive a restart beside the network.
  var moments: RunningMoments? { get set }
}

/// Some of a step's examples: captions, each once, and what is to be learned of them.
struct RewardExamples: Sendable {
  /// Global caption ids.
  var captions: [UInt32] = []
  /// Labels, one for each caption; empty where pairs are learned.
  var targets: [Float] = []
  /// Pairs of places in `captions`.
  var pairs: [RewardPair] = []

  /// Examples in it.
  var count: Int { pairs.isEmpty ? targets.count : pairs.count }
}
