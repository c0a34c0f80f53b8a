import Runtime
import Statistics
import Tensor

/// ONI's ranking reward (Zheng et al. 2024, after Klissarov et al. 2023): a model R learns which of two captions is better
/// (Bradley, Terry 1952), and a caption is paid
///
///     z = (R - mean) / deviation      where z > threshold, else 0
///
/// with the running moments of R over training batches. ONI's released code computes z and then pays R;
/// `paysRawOutput` does that too.
struct RankingReward: CaptionObjective {
  /// Deviations below this are not divided by.
  static let minimumDeviation = 1e-6

  private let threshold: Float
  private let paysRawOutput: Bool
  var moments: RunningMoments?

  init(_ options: LearnedRewardOptions) {
    threshold = options.threshold
    paysRawOutput = options.paysRawOutput
    moments = RunningMoments(decay: options.momentDecay)
  }

  /// Pairs that annotators were asked about; without any, pairs of captions drawn uniformly over those with a label.
  mutating func draw(
    from captions: LabelledCaptions, count: Int, capacity: Int, generator: inout RandomGenerator
  ) -> [RewardExamples] {
    let drawn = (0..<count).compactMap { _ in Self.pair(from: captions, &generator) }
    let whole = Self.group(drawn[...])
    if whole.captions.count <= capacity { return drawn.isEmpty ? [] : [whole] }
    // A text is computed once in each group, so groups of pairs cost more texts than they need only when texts are few.
    let size = capacity / 2
    return stride(from: 0, to: drawn.count, by: size).map {
      Self.group(drawn[$0..<min($0 + size, drawn.count)])
    }
  }

  private static func pair(
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

  /// The same pairs by places in a list of distinct captions.
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

  /// Also takes the outputs into the moments, those of a text as often as it occurs.
  mutating func differentiate(
    _ outputs: UnsafePointer<Float>, _ examples: RewardExamples, total: Int, gradients: UnsafeMutablePointer<Float>
  ) -> Double {
    let values = examples.pairs.flatMap { [outputs[$0.first], outputs[$0.second]] }
    values.withUnsafeBufferPointer { moments?.merge($0) }
    return CaptionLoss.bradleyTerry(
      rewards: outputs, pairs: examples.pairs, weights: examples.weights, total: total, gradients: gradients)
  }

  /// R
  func margin(_ output: UnsafePointer<Float>) -> Float { output[0] }

  /// z, or R where that is paid.
  func value(margin: Float) -> Float? {
    if paysRawOutput || margin.isNaN { return margin }
    guard let moments, let deviation = moments.deviation else { return nil }
    return Float((Double(margin) - moments.mean) / max(deviation, Self.minimumDeviation))
  }

  func reward(value: Float) -> Float { paysRawOutput || value.isNaN || value > threshold ? value : 0 }

  /// The share of pairs of a helpful and an unhelpful caption that are ranked so; equal ones count half (the area under
  /// the ROC curve, by rank sums: Mann, Whitney 1947).
  func agreement(margins: [Float], helpful: [Bool]) -> Double? {
    let up = helpful.count { $0 }
    let down = helpful.count - up
    guard up > 0, down > 0 else { return nil }
    let order = margins.indices.sorted { margins[$0] < margins[$1] }
    var rankSum = 0.0
    var start = 0
    while start < order.count {
      var end = start + 1
      while end < order.count, margins[order[end]] == margins[order[start]] { end += 1 }
      // Equal margins share the mean of their ranks, which count from 1.
      let rank = Double(start + 1 + end) / 2
      rankSum += rank * Double(order[start..<end].count { helpful[$0] })
      start = end
    }
    return (rankSum - Double(up * (up + 1)) / 2) / Double(up * down)
  }
}
