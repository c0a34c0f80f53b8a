/// What several heads say of one caption, as one number (Yan et al. 2024, reward-robust learning):
///
///     r = gamma mean_k(x_k) + (1 - gamma) min_k(x_k)
///
/// The minimum keeps a head that was led astray from paying alone. Classification mixes probabilities before the threshold,
/// ranking outputs that each head's own moments have standardised.
package enum HeadMixture {
  /// - Parameters:
  ///   - values: one for each head, at least one.
  ///   - meanWeight: gamma, 0 ... 1.
  package static func mix(_ values: [Float], meanWeight: Float) -> Float {
    guard meanWeight < 1, let least = values.min() else { return mean(values) }
    return meanWeight * mean(values) + (1 - meanWeight) * least
  }

  static func mean(_ values: [Float]) -> Float { values.reduce(0, +) / Float(values.count) }

  /// Population deviation.
  static func deviation(_ values: [Float]) -> Float {
    let mean = mean(values)
    return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(values.count)).squareRoot()
  }
}
