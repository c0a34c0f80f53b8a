/// `[annotator]`: who labels captions, and the faults a test may give it.
public struct AnnotatorSection: Sendable, Hashable {
  /// Where labels come from.
  public enum Kind: String, Sendable, CaseIterable {
    case none, rules, oracle
    /// A language model.
    case llm
    /// The rules, and where they are silent a language model.
    case layered

    /// Whether a language model is asked.
    public var asksModel: Bool { self == .llm || self == .layered }
  }

  public var kind = Kind.rules
  /// Captions of one annotation task.
  public var batchSize = 100
  /// Seconds after which an unanswered task goes back to the queue.
  public var deadlineSeconds = 30.0
  /// Test stub: the share of labels that are inverted.
  public var flipRate = 0.0
  /// Test stub: seconds each answer is held back.
  public var delaySeconds = 0.0
  /// Test stub: seconds after its start at which the annotator falls silent.
  public var outageAfterSeconds = 0.0
  /// Test stub: seconds of that silence; 0 = no outage.
  public var outageSeconds = 0.0

  public init() {}
}
