/// Answers weighed by a meta-model: the best of them keep their scores, the label is the heavier side (the guided voting of
/// GRM, 2504.02495).
public struct MetaModelVote: LabelAggregator {
  public let model: MetaModel
  /// Answers kept, more where several are equally good; all when there are fewer.
  public let kept: Int
  public var name: String {
    "meta \(kept) [\(model.weights.map { "\(($0 * 1_000).rounded() / 1_000)" }.joined(separator: " "))]"
  }

  public init(model: MetaModel = .standard, kept: Int) {
    self.model = model
    self.kept = kept
  }

  public func aggregate(_ samples: [SampledLabel]) -> AggregatedLabel {
    let scored = zip(samples, MetaModel.features(of: samples)).compactMap { sample, features in
      sample.reading.isProgress.flatMap { label in features.map { (label: label, score: model.score($0)) } }
    }
    // Answers as good as the last one kept are kept as well, so that the order they came in does not decide.
    let sorted = scored.sorted { $0.score > $1.score }
    let last = sorted.prefix(max(1, kept)).last?.score ?? 0
    let best = sorted.prefix { $0.score >= last }
    return AggregatedLabel(
      weightFor: best.reduce(0) { $0 + ($1.label ? $1.score : 0) },
      weightAgainst: best.reduce(0) { $0 + ($1.label ? 0 : $1.score) })
  }
}
