import Foundation

/// How good labels or scores are, where the truth is known.
public enum LabelQuality {
  /// The probability that a positive scores higher than a negative, ties half (area under the ROC curve); NaN where one
  /// of them is missing.
  public static func areaUnderCurve(_ scores: [(score: Double, isPositive: Bool)]) -> Double {
    let sorted = scores.sorted { $0.score < $1.score }
    let positives = Double(sorted.count(where: \.isPositive))
    let negatives = Double(sorted.count) - positives
    guard positives > 0, negatives > 0 else { return .nan }
    // The sum of the positives' ranks, equal scores sharing the mean of theirs.
    var rankSum = 0.0
    var start = 0
    while start < sorted.count {
      var end = start
      while end < sorted.count, sorted[end].score == sorted[start].score { end += 1 }
      rankSum += Double(sorted[start..<end].count(where: \.isPositive)) * Double(start + 1 + end) / 2
      start = end
    }
    return (rankSum - positives * (positives + 1) / 2) / (positives * negatives)
  }

  /// Expected calibration error: the mean distance between probability and frequency over bins of equal width, weighted by
  /// their size (Guo et al., 1706.04599).
  public static func calibrationError(_ labels: [(probability: Double, isPositive: Bool)], bins: Int = 10) -> Double {
    guard !labels.isEmpty else { return .nan }
    var sums = [(probability: Double, positives: Double)](repeating: (0, 0), count: bins)
    for label in labels {
      let bin = min(bins - 1, max(0, Int(label.probability * Double(bins))))
      sums[bin].probability += label.probability
      sums[bin].positives += label.isPositive ? 1 : 0
    }
    return sums.reduce(0) { $0 + abs($1.probability - $1.positives) } / Double(labels.count)
  }

  /// The mean of -ln P(truth) in nats, with probabilities kept away from 0 and 1 by `margin`.
  public static func negativeLogLikelihood(
    _ labels: [(probability: Double, isPositive: Bool)], margin: Double = 1e-3
  ) -> Double {
    guard !labels.isEmpty else { return .nan }
    return labels.reduce(0) { sum, label in
      let probability = min(max(label.probability, margin), 1 - margin)
      return sum - log(label.isPositive ? probability : 1 - probability)
    } / Double(labels.count)
  }
}
