import Foundation

/// Makes one label of several answers about the same caption.
public protocol LabelAggregator: Sendable {
  /// In a few words, with its settings; part of the version of every label.
  var name: String { get }

  /// - Parameter samples: in the order they were asked for, unreadable ones too.
  func aggregate(_ samples: [SampledLabel]) -> AggregatedLabel
}

/// What several answers say together.
public struct AggregatedLabel: Sendable, Hashable {
  /// nil: abstain.
  public var isProgress: Bool?
  /// Share of the weight of the answers "progress", 0 ... 1; NaN if the total weight is 0.
  public var share: Double

  public init(isProgress: Bool?, share: Double) {
    self.isProgress = isProgress
    self.share = share
  }

  /// The heavier side; equal weights and no weight at all are no label.
  init(weightFor: Double, weightAgainst: Double) {
    let total = weightFor + weightAgainst
    guard total > 0, total.isFinite else {
      self.init(isProgress: nil, share: .nan)
      return
    }
    // Sums of the same weights in another order differ in their last digits.
    let isEven = abs(weightFor - weightAgainst) <= 1e-9 * total
    self.init(isProgress: isEven ? nil : weightFor > weightAgainst, share: weightFor / total)
  }

  static let none = AggregatedLabel(isProgress: nil, share: .nan)
}

/// One of several answers about the same caption.
public struct SampledLabel: Sendable, Hashable {
  public var reading: LabelReading
  /// Which of the judge's prompts it answers, from 0.
  public var prompt: Int
  /// How sure the model was of its tokens (`SelfCertainty`); NaN without log-probabilities.
  public var certainty: Double
  /// Characters of the answer.
  public var length: Int
  /// Whether it came only after a reminder of the form.
  public var wasReminded: Bool

  public init(
    _ reading: LabelReading, prompt: Int = 0, certainty: Double = .nan, length: Int = 0, wasReminded: Bool = false
  ) {
    self.reading = reading
    self.prompt = prompt
    self.certainty = certainty
    self.length = length
    self.wasReminded = wasReminded
  }
}

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

/// Votes by rank of certainty: of N readable answers the r-th surest has (N - r + 1)^p votes (Borda voting,
/// 2502.18581).
public struct SelfCertaintyVote: LabelAggregator {
  /// p. 0 is a plain majority; the larger, the more the surest answer decides.
  public let exponent: Double
  public var name: String { "self-certainty \(exponent)" }

  public init(exponent: Double = 0.5) { self.exponent = exponent }

  public func aggregate(_ samples: [SampledLabel]) -> AggregatedLabel {
    let readable = samples.filter { $0.reading.isProgress != nil }
    // Without log-probabilities there is no ranking.
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

/// How far a model's token distributions are from uniform: -1/(n V) sum over n tokens and V words of ln(V p)
/// (Scalable Best-of-N via Self-Certainty, 2502.18581), the Kullback-Leibler divergence of uniform from the model.
///
/// A server lists the likeliest alternatives only. The sum is taken over them, their probabilities scaled to one, so it
/// compares answers of one model on one server and means nothing beyond.
enum SelfCertainty {
  /// - Returns: in nats; NaN without log-probabilities.
  static func measure(_ tokens: [ModelAnswer.Token]) -> Double {
    let terms = tokens.compactMap { token -> Double? in
      let logs = token.alternatives.map(\.logProbability).filter(\.isFinite)
      guard logs.count > 1 else { return nil }
      let count = Double(logs.count)
      let total = log(logs.reduce(0) { $0 + exp($1) })
      return -logs.reduce(0) { $0 + log(count) + $1 - total } / count
    }
    return terms.isEmpty ? .nan : terms.reduce(0, +) / Double(terms.count)
  }
}
