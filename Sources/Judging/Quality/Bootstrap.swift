/// How far a measure could be off by the choice of messages alone.
public enum Bootstrap {
  public static let defaultResamples = 1000

  /// The percentile interval (Efron 1979): the measure is taken of sets drawn from the samples with replacement.
  /// - Parameters:
  ///   - confidence: the share of the resampled measures inside, 0 ..< 1.
  ///   - measure: nil where a set does not allow it; such a set is passed over.
  /// - Returns: nil when no set allowed the measure.
  public static func interval<Sample>(
    of samples: [Sample], confidence: Double = 0.95, resamples: Int = defaultResamples,
    using generator: inout some RandomNumberGenerator, measure: ([Sample]) -> Double?
  ) -> ClosedRange<Double>? {
    precondition(resamples > 0 && (0..<1).contains(confidence))
    guard !samples.isEmpty else { return nil }
    var measures: [Double] = []
    var drawn = samples
    for _ in 0..<resamples {
      for index in drawn.indices { drawn[index] = samples[Int.random(in: 0..<samples.count, using: &generator)] }
      if let value = measure(drawn) { measures.append(value) }
    }
    guard !measures.isEmpty else { return nil }
    measures.sort()
    let tail = (1 - confidence) / 2
    let lower = Int((tail * Double(measures.count - 1)).rounded(.down))
    return measures[lower]...measures[measures.count - 1 - lower]
  }
}
