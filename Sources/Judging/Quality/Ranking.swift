/// How well scores order what they are given to, whatever threshold is chosen afterwards.
public enum Ranking {
  /// The area under the ROC curve: how often a message that is progress has a higher score than one that is not, equal
  /// scores counting half (Mann and Whitney 1947). O(n log n).
  /// - Parameter samples: those that were abstained from are left out.
  /// - Returns: nil unless both kinds of message are there.
  public static func areaUnderCurve(_ samples: some Sequence<QualitySample>) -> Double? {
    let ranked = samples.compactMap { sample in sample.score.map { (score: $0, isProgress: sample.isProgress) } }
      .sorted { $0.score < $1.score }
    let positives = ranked.lazy.filter(\.isProgress).count
    let negatives = ranked.count - positives
    guard positives > 0, negatives > 0 else { return nil }
    // Twice the number of pairs in order: whole numbers stay exact.
    var twicePairs = 0
    var negativesBelow = 0
    var start = 0
    while start < ranked.count {
      let end = ranked[start...].firstIndex { $0.score != ranked[start].score } ?? ranked.count
      let positivesHere = ranked[start..<end].lazy.filter(\.isProgress).count
      let negativesHere = end - start - positivesHere
      twicePairs += positivesHere * (2 * negativesBelow + negativesHere)
      negativesBelow += negativesHere
      start = end
    }
    return Double(twicePairs) / Double(2 * positives * negatives)
  }

  /// Accuracy when the half with the higher scores is called progress (of an odd number the larger half): what is left
  /// of a ranking once the model's own threshold, often far off, is replaced. Where equal scores lie across the middle it
  /// is the mean over all ways to part them.
  /// - Returns: nil without an answer.
  public static func medianAccuracy(_ samples: some Sequence<QualitySample>) -> Double? {
    let scored = samples.compactMap { sample in sample.score.map { (score: $0, isProgress: sample.isProgress) } }
      .sorted { $0.score < $1.score }
    guard !scored.isEmpty else { return nil }
    let median = scored[scored.count / 2].score
    let below = scored.prefix { $0.score < median }
    let above = scored.reversed().prefix { $0.score > median }
    let tied = scored[below.count..<scored.count - above.count]
    let tiedPositives = Double(tied.count { $0.isProgress })
    // The share of the tied that belongs to the upper half.
    let share = Double(scored.count - scored.count / 2 - above.count) / Double(tied.count)
    let right =
      Double(below.count { !$0.isProgress } + above.count { $0.isProgress })
      + share * tiedPositives + (1 - share) * (Double(tied.count) - tiedPositives)
    return right / Double(scored.count)
  }
}
