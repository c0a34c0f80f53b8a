/// How decisions and labels fall together.
public struct Confusion: Sendable, Hashable, Codable {
  public private(set) var truePositives = 0
  public private(set) var falsePositives = 0
  public private(set) var trueNegatives = 0
  public private(set) var falseNegatives = 0
  /// Not in any of the four.
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

  /// Share of the answers that are right; nil without an answer.
  public var accuracy: Double? { ratio(right, answered) }
  /// Share of all messages that were answered rightly: an annotator that is silent is no good either.
  public var rightOfAll: Double? { ratio(right, answered + abstained) }
  /// Share of all messages that were not answered.
  public var abstention: Double? { ratio(abstained, answered + abstained) }
  /// Share of right ones among the answers "progress".
  public var precision: Double? { ratio(truePositives, truePositives + falsePositives) }
  /// Share of found ones among the answered messages that are progress.
  public var recall: Double? { ratio(truePositives, truePositives + falseNegatives) }
}

/// nil where there is nothing to divide by.
func ratio(_ part: Int, _ whole: Int) -> Double? { whole > 0 ? Double(part) / Double(whole) : nil }
