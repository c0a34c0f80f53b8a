import Runtime
import Statistics
import Tensor

/// ONI's classification reward (Zheng et al. 2024): a classifier learns labels by cross-entropy. A caption, labelled or
/// not, has reward 1 if the classifier's probability of "helpful" exceeds the threshold, else 0.
struct ClassificationReward: CaptionObjective {
  /// eta, the threshold of the probability.
  private let threshold: Float
  private let paysProbability: Bool
  private var order = ShuffledDraw()
  var moments: RunningMoments?

  init(_ options: LearnedRewardOptions) {
    threshold = options.threshold
    paysProbability = options.paysProbability
  }

  mutating func draw(
    from captions: LabelledCaptions, count: Int, capacity: Int, generator: inout RandomGenerator
  ) -> [RewardExamples] {
    let available = captions.training.count
    var groups: [RewardExamples] = []
    for place in 0..<min(count, available) {
      if place % capacity == 0 { groups.append(RewardExamples()) }
      let caption = captions.training[order.next(of: available, &generator)]
      groups[groups.count - 1].captions.append(caption)
      groups[groups.count - 1].targets.append(captions.label(caption) ?? 0)
    }
    return groups
  }

  func differentiate(
    _ outputs: UnsafePointer<Float>, _ examples: RewardExamples, total: Int, gradients: UnsafeMutablePointer<Float>
  ) -> Double {
    CaptionLoss.crossEntropy(
      logits: outputs, targets: examples.targets, weights: examples.weights, total: total, gradients: gradients)
  }

  /// The log-odds of being helpful.
  func margin(_ output: UnsafePointer<Float>) -> Float { output[1] - output[0] }

  /// The probability of being helpful.
  func value(margin: Float) -> Float? { CaptionLoss.sigmoid(margin) }

  func reward(value probability: Float) -> Float {
    if paysProbability || probability.isNaN { return probability }
    return probability > threshold ? 1 : 0
  }

  /// The accuracy at a probability threshold of one half.
  func agreement(margins: [Float], helpful: [Bool]) -> Double? {
    guard !margins.isEmpty else { return nil }
    return Double(zip(margins, helpful).count { ($0 > 0) == $1 }) / Double(margins.count)
  }
}
