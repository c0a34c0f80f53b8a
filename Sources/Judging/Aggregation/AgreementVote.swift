/// A label only where two wordings of the question lead to the same: prompt 0 and its paraphrase, prompt 1 (after
/// Co-Reward, 2508.00410). What one wording alone brings about, a bias of its words, is abstained from.
public struct AgreementVote: LabelAggregator {
  public let name = "agreement"

  public init() {}

  public func aggregate(_ samples: [SampledLabel]) -> AggregatedLabel {
    let sides = [0, 1].map { prompt in MajorityVote().aggregate(samples.filter { $0.prompt == prompt }) }
    guard let first = sides[0].isProgress, first == sides[1].isProgress else { return .none }
    return AggregatedLabel(isProgress: first, share: (sides[0].share + sides[1].share) / 2)
  }
}
