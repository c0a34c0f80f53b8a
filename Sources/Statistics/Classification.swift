/// How well scores order positive samples above negative ones, whatever threshold is chosen later.
public enum Ranking {
  /// A score and the true class of the sample that has it.
  public typealias Sample = (score: Double, isPositive: Bool)

  /// Area under the ROC curve: the probability that a positive sample has a higher score than a negative one; equal scores
  /// count half (Mann and Whitney 1947). O(n log n).
  /// - Returns: nil unless there are samples of both classes.
  public static func areaUnderCurve(_ samples: some Sequence<Sample>) -> Double? {
    let ranked = samples.sorted { $0.score < $1.score }
    let positives = ranked.lazy.filter(\.isPositive).count
    let negatives = ranked.count - positives
    guard positives > 0, negatives > 0 else { return nil }
    // Twice the number of pairs in order: integers are exact.
    var twicePairs = 0
    var negativesBelow = 0
    var start = 0
    while start < ranked.count {
      let end = ranked[start...].firstIndex { $0.score != ranked[start].score } ?? ranked.count
      let positivesHere = ranked[start..<end].lazy.filter(\.isPositive).count
      let negativesHere = end - start - positivesHere
      twicePairs += positivesHere * (2 * negativesBelow + negativesHere)
      negativesBelow += negativesHere
      start = end
    }
    return Double(twicePairs) / Double(2 * positives * negatives)
  }

  /// Accuracy if the half with the higher scores is called positive (of an odd number the larger half): the quality of a
  /// ranking whose own threshold may be far off. If equal scores lie across the middle, it is the mean over all ways to
  /// split them.
  /// - Returns: nil for no samples.
  public static func medianAccuracy(_ samples: some Sequence<Sample>) -> Double? {
    let scored = samples.sorted { $0.score < $1.score }
    guard !scored.isEmpty else { return nil }
    let median = scored[scored.count / 2].score
    let below = scored.prefix { $0.score < median }
    let above = scored.reversed().prefix { $0.score > median }
    let tied = scored[below.count..<scored.count - above.count]
    let tiedPositives = Double(tied.count { $0.isPositive })
    // The share of the tied samples that belongs to the upper half.
    let share = Double(scored.count - scored.count / 2 - above.count) / Double(tied.count)
    let right =
      Double(below.count { !$0.isPositive } + above.count { $0.isPositive })
      + share * tiedPositives + (1 - share) * (Double(tied.count) - tiedPositives)
    return right / Double(scored.count)
  }
}

/// How well predicted probabilities agree with observed frequencies.
public struct Calibration: Sendable, Hashable, Codable {
  public static let defaultBins = 10

  /// Samples with similar probabilities.
  public struct Bin: Sendable, Hashable, Codable {
    /// The bin reaches from here (inclusive) to the next bin's lower bound; the last one includes 1.
    public let lowerBound: Double
    public let count: Int
    /// Mean probability; 0 in an empty bin.
    public let predicted: Double
    /// Share of positive samples; 0 in an empty bin.
    public let observed: Double
  }

  public let bins: [Bin]
  /// Mean squared difference of probability and class (Brier 1950): 0 is perfect, a constant 1/2 has 0.25.
  public let brierScore: Double
  /// Expected calibration error: the mean of |predicted - observed| over the samples, by bins of equal width (Naeini,
  /// Cooper and Hauskrecht 2015).
  public let expectedError: Double

  /// - Parameter samples: probabilities in 0 ... 1, and the true classes.
  /// - Returns: nil for no samples.
  public init?(
    _ samples: some Sequence<(probability: Double, isPositive: Bool)>, bins binCount: Int = defaultBins
  ) {
    precondition(binCount > 0, "a calibration needs at least one bin")
    var counts = [Int](repeating: 0, count: binCount)
    var probabilities = [Double](repeating: 0, count: binCount)
    var positives = [Int](repeating: 0, count: binCount)
    var squares = 0.0
    for sample in samples {
      let bin = min(Int(sample.probability * Double(binCount)), binCount - 1)
      let difference = sample.probability - (sample.isPositive ? 1 : 0)
      counts[bin] += 1
      probabilities[bin] += sample.probability
      positives[bin] += sample.isPositive ? 1 : 0
      squares += difference * difference
    }
    let total = counts.reduce(0, +)
    guard total > 0 else { return nil }
    bins = counts.indices.map { bin in
      let count = max(Double(counts[bin]), 1)
      return Bin(
        lowerBound: Double(bin) / Double(binCount), count: counts[bin], predicted: probabilities[bin] / count,
        observed: Double(positives[bin]) / count)
    }
    brierScore = squares / Double(total)
    expectedError = bins.reduce(0) { $0 + Double($1.count) * abs($1.predicted - $1.observed) } / Double(total)
  }
}
