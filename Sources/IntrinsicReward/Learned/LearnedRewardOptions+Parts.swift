/// What a learned reward model is made of.
extension LearnedRewardOptions {
  /// The network that is learned.
  var network: CaptionNetwork {
    switch method {
    case .classification: .classifier(heads: heads)
    case .ranking: .ranking(heads: heads, dropout: filtersUncertain ? filterDropout : 0)
    }
  }

  /// The method, once for each head.
  func makeObjectives() -> [any CaptionObjective] {
    (0..<heads).map { _ in
      switch method {
      case .classification: ClassificationReward(self)
      case .ranking: RankingReward(self)
      }
    }
  }

  /// What pairs are weighed by.
  func makePairWeights() -> [any PairWeight] {
    var weights: [any PairWeight] = []
    if method == .ranking, weighsConsistency { weights.append(ConsistencyWeight()) }
    if method == .ranking, filtersUncertain { weights.append(UncertaintyWeight()) }
    return weights
  }
}
