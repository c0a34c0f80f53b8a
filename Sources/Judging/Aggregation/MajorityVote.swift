/// Every readable answer has one vote.
public struct MajorityVote: LabelAggregator {
  public let name = "majority"

  public init() {}

  public func aggregate(_ samples: [SampledLabel]) -> AggregatedLabel {
    let votes = samples.compactMap(\.reading.isProgress)
    let votesFor = votes.count { $0 }
    return AggregatedLabel(weightFor: Double(votesFor), weightAgainst: Double(votes.count - votesFor))
  }
}
