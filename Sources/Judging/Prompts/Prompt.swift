/// A question to a language model, as its file has it: constant text, places for goal and message, worked examples.
///
/// Docs: the grammar of the files is `PromptParser`'s.
public struct Prompt: Sendable, Hashable {
  /// What is asked.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// Whether one message means progress.
    case classification
    /// Which of two messages means more.
    case ranking
  }

  /// How the model takes the question.
  public enum Style: String, Sendable, Hashable, CaseIterable {
    /// Turns of a conversation, for models tuned to instructions.
    case chat
    /// Text to be continued, for base models and the smallest of the others.
    case completion
  }

  /// How the answer is to be read.
  public enum AnswerForm: Sendable, Hashable {
    /// From the log-probabilities of the first token; where there are none, from the first word.
    case oneToken
    /// From the one tag of this name: `<label>FOO</label>`.
    case tagged(String)
  }

  /// In lower case, digits and hyphens.
  public var name: String
  /// From 1; raised by whoever changes what the prompt means.
  public var version: Int
  public var kind: Kind
  public var style: Style
  public var answer: AnswerForm
  /// Classification: the words for progress and for the rest. Ranking: first, second, neither.
  public var words: [String]
  /// Tokens of the answer at most.
  public var maximumTokens: Int
  /// Texts at which the answer ends.
  public var stops: [String]
  /// The system turn; nil for completions and for chats without one.
  public var system: PromptTemplate?
  /// The user's turn, or the text to be continued. The message stands in here, behind all else.
  public var body: PromptTemplate
  /// How one worked example reads; with `examples`.
  public var example: PromptTemplate?
  /// Worked examples with a label for each goal.
  public var examples: LabelledMessages?
  /// What is said to a model whose answer could not be read.
  public var reminder: String
  /// Messages whose labels are known, by which the model's threshold is found; nil for the ones that ship.
  public var calibration: LabelledMessages?
  /// What the player is after, by name, in the file's order. The text may be empty.
  public var goals: [Goal]

  public struct Goal: Sendable, Hashable {
    public var name: String
    public var text: String
  }
}
