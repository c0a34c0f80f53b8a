import Captions
import Runtime
import Statistics
import Tensor

/// ONI's ranking reward (Zheng et al. 2024, after Klissarov et al. 2023): a model R learns which of two captions is
/// better (Bradley, Terry 1952), and the reward of a caption is
///
///     z = (R - mean) / deviation      if z > threshold, else 0
///
/// with the running moments of R over training batches. ONI's released code computes z but pays R; `paysRawOutput` does
/// the same.
struct RankingReward: CaptionObjective {
  /// Lower bound on the divisor.
  static let minimumDeviation = 1e-6

  /// Draws until a pair belongs to the split; a draw fails if none of them does.
  private static let maximumDraws = 32

  private let threshold: Float
  private let split: PairSplit
  private let paysRawOutput: Bool
  var moments: RunningMoments?

  init(_ options: LearnedRewardOptions) {
    threshold = options.threshold
    split = options.filtersUncertain ? .either : options.split
    paysRawOutput = options.paysRawOutput
    moments = RunningMoments(decay: options.momentDecay)
  }

  /// Draws the pairs that annotators judged; if there are none, uniform pairs of captions with a label.
  mutating func draw(
    from captions: LabelledCaptions, count: Int, capacity: Int, generator: inout RandomGenerator
  ) -> [RewardExamples] {
    let drawn = (0..<count).compactMap { _ in pair(from: captions, &generator) }
    let whole = Self.group(drawn[...])
    if whole.captions.count <= capacity { return drawn.isEmpty ? [] : [whole] }
    // A text is computed once for each group that it occurs in; splitting repeats texts only if they are few.
    let size = capacity / 2
    return stride(from: 0, to: drawn.count, by: size).map {
      Self.group(drawn[$0..<min($0 + size, drawn.count)])
    }
  }

  /// The next pair of the split; nil if there is none.
  private func pair(from captions: LabelledCaptions, _ generator: inout RandomGenerator) -> CaptionPreference? {
    for _ in 0..<(split == .all ? 1 : Self.maximumDraws) {
      guard let pair = Self.anyPair(from: captions, &generator) else { return nil }
      if split.contains(pair, captions) { return pair }
    }
    return nil
  }

  private static func anyPair(
    from captions: LabelledCaptions, _ generator: inout RandomGenerator
  ) -> CaptionPreference? {
    let asked = captions.preferences
    if !asked.isEmpty { return asked[generator.below(asked.count)] }
    let labelled = captions.training
    guard labelled.count > 1 else { return nil }
    let first = generator.below(labelled.count)
    let second = (first + 1 + generator.below(labelled.count - 1)) % labelled.count
    guard let a = captions.label(labelled[first]), let b = captions.label(labelled[second]) else { return nil }
    return CaptionPreference(
      first: labelled[first], second: labelled[second], target: RewardPair.preference(a, over: b))
  }

  /// The same pairs as indices into a list of distinct captions.
  static func group(_ preferences: ArraySlice<CaptionPreference>) -> RewardExamples {
    var examples = RewardExamples()
    var places: [UInt32: Int] = [:]
    func place(_ caption: UInt32) -> Int {
      if let place = places[caption] { return place }
      places[caption] = examples.captions.count
      examples.captions.append(caption)
      return examples.captions.count - 1
    }
    for preference in preferences {
      let (first, second) = (place(preference.first), place(preference.second))
      examples.pairs.append(RewardPair(first: first, second: second, target: preference.target))
    }
    return examples
  }

  /// Also merges the outputs into the moments; the output of a text counts as often as the text occurs.
  mutating func differentiate(
    _ outputs: UnsafePointer<Float>, _ examples: RewardExamples, total: Int, gradients: UnsafeMutablePointer<Float>
  ) -> Double {
    let values = examples.pairs.flatMap { [outputs[$0.first], outputs[$0.second]] }
    values.withUnsafeBufferPointer { moments?.merge($0) }
    return CaptionLoss.bradleyTerry(
      rewards: outputs, pairs: examples.pairs, weights: examples.weights, total: total, gradients: gradients)
  }

  /// R, the output of the network.
  func margin(_ output: UnsafePointer<Float>) -> Float { output[0] }

  /// z, or R if `paysRawOutput`.
  func value(margin: Float) -> Float? {
    if paysRawOutput || margin.isNaN { return margin }
    guard let moments, let deviation = moments.deviation else { return nil }
    return Float((Double(margin) - moments.mean) / max(deviation, Self.minimumDeviation))
  }

  func reward(value: Float) -> Float { paysRawOutput || value.isNaN || value > threshold ? value : 0 }

  /// The area under the ROC curve: the share of pairs of a helpful and an unhelpful caption in the right order.
  func agreement(margins: [Float], helpful: [Bool]) -> Double? {
    Ranking.areaUnderCurve(zip(margins, helpful).map { (score: Double($0), isPositive: $1) })
  }
}
