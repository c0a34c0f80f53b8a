import Foundation

/// A question to a language model as its file defines it: constant text, placeholders for goal and message, worked
/// examples. `PromptParser` describes the format of the files.
public struct Prompt: Sendable, Hashable {
  /// The question.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// Whether one message means progress.
    case classification
    /// Which of two messages means more progress.
    case ranking
  }

  /// The form of the question.
  public enum Style: String, Sendable, Hashable, CaseIterable {
    /// Turns of a conversation, for instruction-tuned models.
    case chat
    /// Text that the model continues, for base models and very small models.
    case completion
  }

  /// The form of the answer.
  public enum AnswerForm: Sendable, Hashable {
    /// Read from the log-probabilities of the first token, or from the first word if there are none.
    case oneToken
    /// Read from the only element with this tag: `<label>FOO</label>`.
    case tagged(String)
    /// Read from the last of the words in the text, with the log-probabilities of its token: `combat; a kill; Yes`.
    case lastWord
    /// Read from the last numbers in the text, one for each item of the rubric, or one if there is no rubric. A point above
    /// the middle of the scale counts as one nat of log-odds.
    case scores(ClosedRange<Int>)

    /// Whether the server is asked for log-probabilities.
    var needsLogProbabilities: Bool { self == .oneToken || self == .lastWord }
  }

  /// Lower-case letters, digits and hyphens.
  public var name: String
  /// The prompt's version, from 1. Raise it with every change of meaning.
  public var version: Int
  public var kind: Kind
  public var style: Style
  public var answer: AnswerForm
  /// Classification: the words for progress and for anything else. Ranking: the words for first, second and neither.
  public var words: [String]
  /// Maximum number of tokens of the answer.
  public var maximumTokens: Int
  /// Texts that end the answer.
  public var stops: [String]
  /// The system turn; nil for completions and for chats without one.
  public var system: PromptTemplate?
  /// The user's turn, or the text that the model continues. It contains the message, after everything else.
  public var body: PromptTemplate
  /// The template of a worked example; present if `examples` is.
  public var example: PromptTemplate?
  /// Worked examples with a label for each goal.
  public var examples: LabelledMessages?
  /// The reminder for a model whose answer could not be read.
  public var reminder: String
  /// Messages with known labels, which find the model's threshold; nil for the built-in ones.
  public var calibration: LabelledMessages?
  /// The descriptions of the goals by name, in the file's order. A description may be empty.
  public var goals: [Goal]
  /// What the answer scores; empty if the prompt has no rubric.
  public var rubric: [RubricItem] = []

  public struct Goal: Sendable, Hashable {
    public var name: String
    public var text: String
  }
}
