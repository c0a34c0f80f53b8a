/// The ranges of the numbers that come with a label. Annotators keep them, the learner refuses an answer that does not,
/// and a stored answer that does not is skipped: one label of 3.4e38 would make every reward that is computed with it
/// infinite.
public enum JudgementLimits {
  /// A label, and the probability that the first caption of a pair means more progress.
  public static let values: ClosedRange<Float> = 0...1
  /// Log-odds in nats. Servers write -9999 for a token that they do not list.
  public static let logOdds: ClosedRange<Float> = -1e6...1e6
  /// Seconds of an answer: 31 years.
  public static let latencySeconds: ClosedRange<Double> = 0...1e9
  /// Tokens of the requests or of the answers behind one label; larger than every model's context. Sums over all labels
  /// of a run stay far below 2^63.
  public static let tokens = 0...100_000_000
  /// Answers behind one label.
  public static let samples = 0...1_000_000
}

extension Verdict {
  /// Why the label must not be used, such as "label 3.4e+38 is not from 0.0 to 1.0"; nil if it may be used.
  public var fault: String? {
    label.flatMap { JudgementLimits.fault("label", $0, JudgementLimits.values) }
  }
}

extension Judgement {
  /// The first number outside `JudgementLimits`; nil if there is none.
  public var fault: String? {
    verdict.fault ?? logOdds.flatMap { JudgementLimits.fault("log-odds", $0, JudgementLimits.logOdds) }
      ?? evidence?.fault
  }
}

extension CaptionLabel {
  /// The value moved into `JudgementLimits.values`, for reward models: whatever a label went through, the reward of a
  /// step stays bounded.
  /// - Precondition: the value is not NaN.
  public var limited: Float {
    min(max(value, JudgementLimits.values.lowerBound), JudgementLimits.values.upperBound)
  }
}

extension LabelEvidence {
  /// The first number outside `JudgementLimits`; nil if there is none.
  public var fault: String? {
    JudgementLimits.fault("latency", latencySeconds, JudgementLimits.latencySeconds)
      ?? JudgementLimits.fault("prompt tokens", promptTokens, JudgementLimits.tokens)
      ?? JudgementLimits.fault("answer tokens", answerTokens, JudgementLimits.tokens)
      ?? JudgementLimits.fault("samples", samples, JudgementLimits.samples)
  }

  /// The evidence with each number moved into its range: a server's report of its own work is no reason to lose the
  /// label.
  public var limited: LabelEvidence {
    func limit<Number: Comparable>(_ number: Number, _ range: ClosedRange<Number>) -> Number {
      // Written so that NaN becomes the lower bound.
      number >= range.lowerBound ? min(number, range.upperBound) : range.lowerBound
    }
    var evidence = self
    evidence.latencySeconds = limit(latencySeconds, JudgementLimits.latencySeconds)
    evidence.promptTokens = limit(promptTokens, JudgementLimits.tokens)
    evidence.answerTokens = limit(answerTokens, JudgementLimits.tokens)
    evidence.samples = limit(samples, JudgementLimits.samples)
    return evidence
  }
}

extension JudgementLimits {
  /// A text about a number outside its range; nil for one inside. NaN is outside every range.
  fileprivate static func fault<Number: Comparable>(
    _ name: String, _ number: Number, _ range: ClosedRange<Number>
  ) -> String? {
    range.contains(number) ? nil : "\(name) \(number) is not from \(range.lowerBound) to \(range.upperBound)"
  }
}
