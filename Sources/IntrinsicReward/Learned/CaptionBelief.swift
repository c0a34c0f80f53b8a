/// What a learned model believes of a caption's label.
struct CaptionBelief: Sendable, Hashable {
  /// Entropy of a label of which nothing is known, in nats.
  private static let ignorance: Float = 0.693_147_2

  /// The probability of the label 1, a mean over the heads.
  let mean: Float
  /// The standard deviation of that probability between heads; of one head, that of a coin with its probability.
  let deviation: Float
  /// What the label would teach, in nats, 0 ... ln 2. One head: the entropy of its probability. Several: the information
  /// that the label gives about which head is right (Houlsby et al. 2011), so that a caption which all heads take for a
  /// coin is not asked.
  let information: Float

  /// - Parameter margins: log-odds of the label 1, one for each head, at least one.
  init(margins: [Float]) {
    let probabilities = margins.map(CaptionLoss.sigmoid)
    mean = HeadMixture.mean(probabilities)
    guard margins.count > 1 else {
      deviation = (mean * (1 - mean)).squareRoot()
      information = CaptionLoss.entropy(margins[0])
      return
    }
    deviation = HeadMixture.deviation(probabilities)
    let entropies = margins.map(CaptionLoss.entropy)
    information = max(0, CaptionLoss.bernoulliEntropy(mean) - HeadMixture.mean(entropies))
  }

  /// How much asking about the caption is worth, in nats: ln 2 if nothing is known of it.
  /// - Parameter optimism: kappa of Self-Exploring Language Models (Zhang et al. 2024). 0: what the label would teach. Above
  ///   0: what the label may be, the mean and kappa deviations, so that captions which may pay are asked first.
  func uncertainty(optimism: Float) -> Float {
    guard optimism > 0 else { return information }
    return Self.ignorance * (mean + optimism * deviation) / (0.5 + optimism * 0.5)
  }
}
