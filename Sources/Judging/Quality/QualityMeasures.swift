import Captions
import Foundation
import Statistics

/// An annotator's verdict about one message whose label is known.
public struct QualitySample: Sendable, Hashable {
  public let isProgress: Bool
  public let verdict: Verdict
  /// NaN if the annotator gave none.
  public let logOdds: Double

  /// A label outside 0 ... 1 counts as an abstention.
  public init(isProgress: Bool, verdict: Verdict, logOdds: Double = .nan) {
    self.isProgress = isProgress
    if case .label(let label) = verdict, !(0...1).contains(label) {
      self.verdict = .abstain
    } else {
      self.verdict = verdict
    }
    self.logOdds = logOdds
  }

  /// Whether the label is at least 1/2; nil for an abstention.
  public var decision: Bool? {
    guard case .label(let label) = verdict else { return nil }
    return label >= 0.5
  }

  /// The score that ranks messages: the log-odds, or else the log-odds of the label, which are infinite for 0 and 1.
  /// nil for an abstention.
  public var score: Double? {
    guard case .label(let label) = verdict else { return nil }
    if !logOdds.isNaN { return logOdds }
    return log(Double(label)) - log(1 - Double(label))
  }

  /// The annotator's probability that the message means progress; nil for an abstention.
  public var probability: Double? { score.map { 1 / (1 + exp(-$0)) } }
}

extension Ranking {
  /// Area under the ROC curve of the samples that are not abstentions.
  static func areaUnderCurve(_ samples: some Sequence<QualitySample>) -> Double? { areaUnderCurve(scores(samples)) }

  /// Median accuracy of the samples that are not abstentions.
  static func medianAccuracy(_ samples: some Sequence<QualitySample>) -> Double? { medianAccuracy(scores(samples)) }

  private static func scores(_ samples: some Sequence<QualitySample>) -> [Sample] {
    samples.compactMap { sample in sample.score.map { (score: $0, isPositive: sample.isProgress) } }
  }
}

extension Calibration {
  /// The calibration of the samples that are not abstentions.
  init?(_ samples: some Sequence<QualitySample>) {
    self.init(
      samples.compactMap { sample in sample.probability.map { (probability: $0, isPositive: sample.isProgress) } })
  }
}

/// Counts of right and wrong decisions by the true class.
public struct Confusion: Sendable, Hashable, Codable {
  public private(set) var truePositives = 0
  public private(set) var falsePositives = 0
  public private(set) var trueNegatives = 0
  public private(set) var falseNegatives = 0
  /// Abstentions, which are not among the other four counts.
  public private(set) var abstained = 0

  public init(_ samples: some Sequence<QualitySample>) {
    for sample in samples {
      switch (sample.decision, sample.isProgress) {
      case (nil, _): abstained += 1
      case (true?, true): truePositives += 1
      case (true?, false): falsePositives += 1
      case (false?, false): trueNegatives += 1
      case (false?, true): falseNegatives += 1
      }
    }
  }

  public var answered: Int { truePositives + falsePositives + trueNegatives + falseNegatives }
  public var right: Int { truePositives + trueNegatives }

  /// Share of right answers among all answers; nil if there is none.
  public var accuracy: Double? { ratio(right, answered) }
  /// Share of right answers among all messages, so that abstentions count as wrong.
  public var rightOfAll: Double? { ratio(right, answered + abstained) }
  /// Share of abstentions among all messages.
  public var abstention: Double? { ratio(abstained, answered + abstained) }
  /// Share of right answers among the answers "progress".
  public var precision: Double? { ratio(truePositives, truePositives + falsePositives) }
  /// Share of answers "progress" among the answered messages that mean progress.
  public var recall: Double? { ratio(truePositives, truePositives + falseNegatives) }
}

/// The quotient; nil if `whole` is 0.
func ratio(_ part: Int, _ whole: Int) -> Double? { whole > 0 ? Double(part) / Double(whole) : nil }

/// How much preferences depend on the order of the messages. Small models answer by position (a model of 1.5 billion
/// weights answered "first" in 98 % of the questions), which the accuracy in a single order does not show.
public struct PositionBias: Sendable, Hashable, Codable {
  /// A pair asked in both orders.
  public struct Trial: Sendable, Hashable {
    /// Whether the message that means progress is the first one in the forward order.
    public var isFirstBetter: Bool
    /// The answer in the forward order.
    public var forward: PairVerdict
    /// The answer in the other order.
    public var backward: PairVerdict

    public init(isFirstBetter: Bool, forward: PairVerdict, backward: PairVerdict) {
      self.isFirstBetter = isFirstBetter
      self.forward = forward
      self.backward = backward
    }

    /// Whether both orders name the same message, or neither; nil unless both were answered.
    var isConsistent: Bool? {
      forward == .abstain || backward == .abstain ? nil : forward == backward.swapped
    }
  }

  public let pairs: Int
  /// Share of abstentions among the questions in both orders.
  public let abstention: Double?
  /// Share of "first" among the answers that name a message; 0.5 is unbiased, because each message is first once.
  public let first: Double?
  /// Share of the pairs answered in both orders where both answers name the same message.
  public let consistency: Double?
  /// Share of right answers among all answers; "neither" counts half.
  public let accuracy: Double?
  /// Share of right answers among consistent pairs that name a message.
  public let consistentAccuracy: Double?

  public init(_ trials: [Trial]) {
    pairs = trials.count
    let answers = trials.flatMap { [($0.forward, $0.isFirstBetter), ($0.backward, !$0.isFirstBetter)] }
    let given = answers.filter { $0.0 != .abstain }.map { (choice: $0.0, isFirstBetter: $0.1) }
    abstention = ratio(answers.count - given.count, answers.count)
    let named = given.filter { $0.choice != .tie }
    first = ratio(named.count { $0.choice == .first }, named.count)
    consistency = ratio(trials.count { $0.isConsistent == true }, trials.count { $0.isConsistent != nil })
    let right = named.count { ($0.choice == .first) == $0.isFirstBetter }
    accuracy = ratio(2 * right + given.count - named.count, 2 * given.count)
    let agreed = trials.filter { $0.isConsistent == true && $0.forward != .tie }
    consistentAccuracy = ratio(agreed.count { ($0.forward == .first) == $0.isFirstBetter }, agreed.count)
  }
}
