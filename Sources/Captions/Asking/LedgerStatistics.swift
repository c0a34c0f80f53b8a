/// The ledger's gauges and counters. At all times
///
///     questions == queued + inFlight + labelled + abstained
///     asked == labelsReceived + abstentionsReceived + returned + inFlight
///
/// A question is a caption, unless captions of one template share theirs.
public struct LedgerStatistics: Sendable, Hashable {
  // Gauges.
  /// Distinct captions.
  public internal(set) var seen = 0
  /// Distinct questions; `seen` unless captions share them.
  public internal(set) var questions = 0
  public internal(set) var queued = 0
  public internal(set) var inFlight = 0
  public internal(set) var labelled = 0
  public internal(set) var abstained = 0

  /// Captions of the label store whose answers all come from sources that do not count.
  public internal(set) var ignored = 0

  // Counters since the ledger was made.
  /// Captions given out, each time they were.
  public internal(set) var asked = 0
  /// Labels accepted from annotators.
  public internal(set) var labelsReceived = 0
  /// Abstentions accepted from annotators.
  public internal(set) var abstentionsReceived = 0
  /// Captions given out for nothing: expired, released, unanswered, or settled by `restore` meanwhile. A late answer
  /// takes its caption out again.
  public internal(set) var returned = 0
  /// Tokens of questions and answers, as the annotators counted them.
  public internal(set) var tokens = 0
  /// New captions turned away because the ledger was full, each time they were offered.
  public internal(set) var overflowed = 0
  /// Answers refused, whatever the reason.
  public internal(set) var refused = 0
  /// Answers accepted after their task had lapsed.
  public internal(set) var late = 0
  /// Captions that went back because their task's deadline passed.
  public internal(set) var expired = 0
  /// Captions that went back because their annotator left.
  public internal(set) var released = 0
  /// Captions that went back because a task's answer left them out.
  public internal(set) var unanswered = 0

  public init() {}
}
