/// `[annotator]`: who labels captions, and the faults a test may give it.
public struct AnnotatorSection: Sendable, Hashable {
  /// Where labels come from.
  public enum Kind: String, Sendable, CaseIterable {
    case none, rules, oracle
    /// A fair coin.
    case random
    /// A language model.
    case llm
    /// The rules, and where they are silent a language model.
    case layered

    /// Whether a language model is asked.
    public var asksModel: Bool { self == .llm || self == .layered }
  }

  /// Whose labels of a store count.
  public enum AcceptedVersions: String, Sendable, CaseIterable {
    case same, any
  }

  public var kind = Kind.rules
  /// Captions of one annotation task.
  public var batchSize = 100
  /// Seconds after which an unanswered task goes back to the queue.
  public var deadlineSeconds = 30.0
  /// Distinct captions the learner keeps.
  public var maximumCaptions = 1_000_000
  /// Weights of what is asked first.
  public var newestWeight = 1.0
  public var frequentWeight = 0.0
  public var uncertainWeight = 0.0
  /// Captions given out per second at most; 0 = no limit.
  public var labelsPerSecond = 0.0
  /// Answers of the run at most; 0 = no limit.
  public var labelsPerRun = 0
  /// Tokens of the run at most; 0 = no limit.
  public var tokensPerRun = 0
  /// Whether captions that differ only in numbers and creatures' names share one question.
  public var shareTemplates = false
  /// Share of the tasks that are pairs to compare.
  public var pairShare = 0.0
  /// The label store; empty for the run's own.
  public var store = ""
  public var acceptVersions = AcceptedVersions.same
  /// Options of the stub annotators as `name=value` pairs; the annotator parses them.
  public var stub = ""

  public init() {}
}
