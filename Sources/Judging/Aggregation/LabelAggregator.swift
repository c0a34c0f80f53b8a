import Foundation

/// Combines several answers about the same caption into one label.
public protocol LabelAggregator: Sendable {
  /// A short name with the settings. It is part of the version of every label.
  var name: String { get }

  /// - Parameter samples: all samples in the order of the questions, including unreadable ones.
  func aggregate(_ samples: [SampledLabel]) -> AggregatedLabel
}

/// The combined weight of several answers.
public struct AggregatedLabel: Sendable, Hashable {
  /// The label; nil is an abstention.
  public var isProgress: Bool?
  /// Share of the weight of the answers "progress", 0 ... 1; NaN if the total weight is 0.
  public var share: Double

  public init(isProgress: Bool?, share: Double) {
    self.isProgress = isProgress
    self.share = share
  }

  /// The side with the larger weight; equal weights, or no weight, give no label.
  init(weightFor: Double, weightAgainst: Double) {
    let total = weightFor + weightAgainst
    guard total > 0, total.isFinite else {
      self.init(isProgress: nil, share: .nan)
      return
    }
    // Sums of the same weights in another order differ by rounding.
    let isEven = abs(weightFor - weightAgainst) <= 1e-9 * total
    self.init(isProgress: isEven ? nil : weightFor > weightAgainst, share: weightFor / total)
  }

  static let none = AggregatedLabel(isProgress: nil, share: .nan)
}

/// One of several answers about the same caption.
public struct SampledLabel: Sendable, Hashable {
  public var reading: LabelReading
  /// Index of the judge's prompt.
  public var prompt: Int
  /// The model's certainty of its tokens (`SelfCertainty`); NaN without log-probabilities.
  public var certainty: Double
  /// Length of the answer in characters.
  public var length: Int
  /// Whether the model needed a reminder of the answer's form.
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

/// Majority vote: every readable answer has one vote.
public struct MajorityVote: LabelAggregator {
  public let name = "majority"

  public init() {}

  public func aggregate(_ samples: [SampledLabel]) -> AggregatedLabel {
    let votes = samples.compactMap(\.reading.isProgress)
    let votesFor = votes.count { $0 }
    return AggregatedLabel(weightFor: Double(votesFor), weightAgainst: Double(votes.count - votesFor))
  }
}

/// Labels only if two wordings of the question, prompt 0 and its paraphrase prompt 1, give the same label (after
/// Co-Reward, 2508.00410). It abstains if only one wording gives it, which may be a bias of its words.
public struct AgreementVote: LabelAggregator {
  public let name = "agreement"

  public init() {}

  public func aggregate(_ samples: [SampledLabel]) -> AggregatedLabel {
    let sides = [0, 1].map { prompt in MajorityVote().aggregate(samples.filter { $0.prompt == prompt }) }
    guard let first = sides[0].isProgress, first == sides[1].isProgress else { return .none }
    return AggregatedLabel(isProgress: first, share: (sides[0].share + sides[1].share) / 2)
  }
}

/// Votes by rank of certainty: of N readable answers the r-th most certain has (N - r + 1)^p votes (Borda voting,
/// 2502.18581).
public struct SelfCertaintyVote: LabelAggregator {
  /// The exponent p: 0 is a plain majority; the larger it is, the more weight has the most certain answer.
  public let exponent: Double
  public var name: String { "self-certainty \(exponent)" }

  public init(exponent: Double = 0.5) { self.exponent = exponent }

  public func aggregate(_ samples: [SampledLabel]) -> AggregatedLabel {
    let readable = samples.filter { $0.reading.isProgress != nil }
    // Without log-probabilities there is no ranking.
    guard readable.allSatisfy({ $0.certainty.isFinite }) else { return MajorityVote().aggregate(samples) }
    var votes = (for: 0.0, against: 0.0)
    for sample in readable {
      // Equally certain answers share the mean of their ranks, so that their order does not matter.
      let surer = readable.count { $0.certainty > sample.certainty }
      let equal = readable.count { $0.certainty == sample.certainty }
      let rank = Double(surer) + Double(equal + 1) / 2
      let weight = pow(Double(readable.count) - rank + 1, exponent)
      if sample.reading.isProgress == true { votes.for += weight } else { votes.against += weight }
    }
    return AggregatedLabel(weightFor: votes.for, weightAgainst: votes.against)
  }
}

/// Distance of a model's token distributions from uniform: -1/(n V) sum over n tokens and V words of ln(V p)
/// (Scalable Best-of-N via Self-Certainty, 2502.18581), the Kullback-Leibler divergence of uniform from the model.
///
/// A server lists only the likeliest alternatives. The sum is over those, with probabilities scaled to 1, so that it
/// can only compare answers of one model on one server.
public enum SelfCertainty {
  /// - Returns: nats; NaN without log-probabilities.
  public static func measure(_ tokens: [ModelAnswer.Token]) -> Double {
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
