import Captions
import Foundation

/// What an annotator said of one message whose label is known.
public struct QualitySample: Sendable, Hashable {
  public let isProgress: Bool
  public let verdict: Verdict
  /// NaN where the annotator gave none.
  public let logOdds: Double

  /// A label outside 0 ... 1 is none: it counts as an abstention.
  public init(isProgress: Bool, verdict: Verdict, logOdds: Double = .nan) {
    self.isProgress = isProgress
    if case .label(let label) = verdict, !(0...1).contains(label) {
      self.verdict = .abstain
    } else {
      self.verdict = verdict
    }
    self.logOdds = logOdds
  }

  /// The label rounded to yes or no; nil where the annotator abstained.
  public var decision: Bool? {
    guard case .label(let label) = verdict else { return nil }
    return label >= 0.5
  }

  /// What messages are ranked by: the log-odds, and without them those of the label, infinite for 0 and 1. nil where the
  /// annotator abstained.
  public var score: Double? {
    guard case .label(let label) = verdict else { return nil }
    if !logOdds.isNaN { return logOdds }
    return log(Double(label)) - log(1 - Double(label))
  }

  /// The probability that the message is progress, as the annotator sees it; nil where it abstained.
  public var probability: Double? { score.map { 1 / (1 + exp(-$0)) } }
}
