/// Who wrote a token of a text, as one byte of `TextStep.spans`.
public enum TextSpan: UInt8, Sendable, CaseIterable {
  /// The text has ended.
  case none = 0
  /// The task: what the policy was asked.
  case question = 1
  case policy = 2
  /// The task: what it said after the question.
  case world = 3
}

/// The tensors that the unrolls of a text policy carry in addition to those of every run.
///
/// An episode has one step, the whole answer, so T is 1. Row 0 of the observations holds the tokens of question and answer,
/// at most L; the action is the last of them, and the log-probability is the answer's. Rows of answers to one question are
/// neighbours.
public enum TextStep {
  /// [E, L]: who wrote each token.
  public static let spans = field(spansOf: 1)
  /// [E, L]: the log-probability of each token that the policy chose, when it chose it; 0 for the others.
  public static let logProbabilities = field(logProbabilitiesOf: 1)

  /// The tensors of texts of at most `length` tokens. Names and numbers are always those of the fields above.
  static func tensors(length: Int) -> [StepTensor] {
    [field(spansOf: length).tensor, field(logProbabilitiesOf: length).tensor]
  }

  private static func field(spansOf length: Int) -> OptionalStepField<UInt8> {
    OptionalStepField(
      "spans", number: 12, [.environments, .fixed(length)], values: .spans, from: .worker, for: [.policyUpdate])
  }

  private static func field(logProbabilitiesOf length: Int) -> OptionalStepField<Float> {
    OptionalStepField(
      "tokenLogProbabilities", number: 13, [.environments, .fixed(length)], values: .logProbabilities, from: .policy,
      for: [.policyUpdate])
  }
}

extension UnrollShape {
  /// L: tokens of the longest text; 0 in a run without texts.
  public var textLength: Int {
    schema.index(of: TextStep.spans.tensor).flatMap { dimensions(of: schema.tensors[$0]).last } ?? 0
  }
}

extension StepSchema {
  /// The tensors of a run of a text policy.
  /// - Parameters:
  ///   - tokens: different tokens.
  ///   - length: tokens of the longest text.
  public static func text(tokens: Int, length: Int) -> StepSchema {
    standard(.discrete(tokens)).adding(TextStep.tensors(length: length))
  }
}
