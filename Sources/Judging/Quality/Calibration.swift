/// Whether probabilities mean what they say.
public struct Calibration: Sendable, Hashable, Codable {
  public static let defaultBins = 10

  /// Answers whose probabilities are close to each other.
  public struct Bin: Sendable, Hashable, Codable {
    /// From here, included, to the next bin's; the last one includes 1.
    public let lowerBound: Double
    public let count: Int
    /// Mean of the probabilities; 0 in an empty bin.
    public let predicted: Double
    /// Share of messages that are progress; 0 in an empty bin.
    public let observed: Double
  }

  public let bins: [Bin]
  /// Mean squared difference of probability and label (Brier 1950): 0 is perfect, 0.25 is saying one half always.
  public let brierScore: Double
  /// Mean of |predicted - observed| over the answers, by bins of equal width (Naeini, Cooper, Hauskrecht 2015).
  public let expectedError: Double

  /// - Parameter samples: those that were abstained from are left out.
  /// - Returns: nil without an answer.
  public init?(_ samples: some Sequence<QualitySample>, bins binCount: Int = defaultBins) {
    precondition(binCount > 0)
    var counts = [Int](repeating: 0, count: binCount)
    var probabilities = [Double](repeating: 0, count: binCount)
    var positives = [Int](repeating: 0, count: binCount)
    var squares = 0.0
    for sample in samples {
      guard let probability = sample.probability else { continue }
      let bin = min(Int(probability * Double(binCount)), binCount - 1)
      let difference = probability - (sample.isProgress ? 1 : 0)
      counts[bin] += 1
      probabilities[bin] += probability
      positives[bin] += sample.isProgress ? 1 : 0
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
