import Foundation

@testable import Judging

/// Answers of a model that errs: each is wrong with a probability of its own, and a wrong one tends to be less sure, to
/// need a reminder, and to be long.
struct StubSamples {
  var flipRate = 0.3
  var seed: UInt64 = 1

  func sample(_ caption: String, truth: Bool, number: Int) -> SampledLabel {
    let key = "\(caption)/\(number)"
    let isWrong = Draw.uniform(key, seed: seed) < flipRate
    let size = max(0.05, (isWrong ? 1.2 : 2.4) + Draw.normal(key, seed: seed + 1))
    let logOdds = truth != isWrong ? size : -size
    let wasReminded = Draw.uniform(key, seed: seed + 2) < (isWrong ? 0.3 : 0.1)
    let length = Int(40 * exp(0.3 * Draw.normal(key, seed: seed + 3) + (isWrong ? 0.4 : 0)))
    let token = ModelAnswer.oneToken(logOdds: logOdds).tokens
    return SampledLabel(
      .label(isProgress: logOdds > 0, logOdds: logOdds), certainty: SelfCertainty.measure(token), length: length,
      wasReminded: wasReminded)
  }

  /// The share of captions labelled right; an abstention counts half, as a coin would do.
  func accuracy(
    of aggregator: any LabelAggregator, samples count: Int, captions: [(text: String, label: Bool)]
  ) -> Double {
    let right = captions.reduce(0.0) { sum, caption in
      let samples = (0..<count).map { sample(caption.text, truth: caption.label, number: $0) }
      guard let label = aggregator.aggregate(samples).isProgress else { return sum + 0.5 }
      return sum + (label == caption.label ? 1 : 0)
    }
    return right / Double(captions.count)
  }
}
