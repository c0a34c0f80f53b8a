import Foundation

/// Votes by rank of certainty: of N readable answers the r-th surest has (N - r + 1)^p votes (Borda voting, 2502.18581).
public struct SelfCertaintyVote: LabelAggregator {
  /// p. 0 is a plain majority; the larger, the more the surest answer decides.
  public let exponent: Double
  public var name: String { "self-certainty \(exponent)" }

  public init(exponent: Double = 0.5) { self.exponent = exponent }

  public func aggregate(_ samples: [SampledLabel]) -> AggregatedLabel {
    let readable = samples.filter { $0.reading.isProgress != nil }
    // Without log-probabilities nobody is surer than anybody.
    guard readable.allSatisfy({ $0.certainty.isFinite }) else { return MajorityVote().aggregate(samples) }
    var votes = (for: 0.0, against: 0.0)
    for sample in readable {
      // Equally sure answers share the mean of their ranks, so their order does not matter.
      let surer = readable.count { $0.certainty > sample.certainty }
      let equal = readable.count { $0.certainty == sample.certainty }
      let rank = Double(surer) + Double(equal + 1) / 2
      let weight = pow(Double(readable.count) - rank + 1, exponent)
      if sample.reading.isProgress == true { votes.for += weight } else { votes.against += weight }
    }
    return AggregatedLabel(weightFor: votes.for, weightAgainst: votes.against)
  }
}
