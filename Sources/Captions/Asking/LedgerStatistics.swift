/// The state of a caption. The ledger does not hold captions that it has not seen.
///
///     unseen -> queued -> in flight -> labelled | abstained
///                 ^------------'  deadline passed, annotator left, or no answer in the task's result
public enum CaptionState: Sendable, Hashable {
  /// The caption waits for an annotator.
  case queued
  /// One annotator has it.
  case inFlight(task: UInt64)
  case labelled(Float)
  /// The answer could not be read. The ledger does not ask again.
  case abstained
}

/// Options of a caption ledger.
public struct LedgerOptions: Sendable, Hashable {
  /// Default capacity in distinct captions: about 80 MB at 60 bytes each.
  public static let defaultCapacity = 1_000_000

  /// Distinct captions at most, 1 ... `CaptionLedger.maximumCaptions`.
  public var capacity = defaultCapacity
  public var order = AskingOrder.newestFirst
  public var budget = AskingBudget.unlimited
  /// Which captions share one question; by default none.
  public var sharing: QuestionSharing = []
  /// Seeds the draws between several orders of asking.
  public var seed: UInt64 = 0

  public init() {}
}

/// The ledger's gauges and counters. At all times
///
///     questions == queued + inFlight + labelled + abstained
///     asked == labelsReceived + abstentionsReceived + returned + inFlight
///
/// A question is a caption, unless captions share theirs.
public struct LedgerStatistics: Sendable, Hashable {
  // Gauges.
  /// Distinct captions.
  public internal(set) var seen = 0
  /// Distinct questions; equals `seen` unless captions share them.
  public internal(set) var questions = 0
  public internal(set) var queued = 0
  public internal(set) var inFlight = 0
  public internal(set) var labelled = 0
  public internal(set) var abstained = 0

  /// Captions of the label store whose answers all have origins that do not count.
  public internal(set) var ignored = 0

  // Counters since the start of the session.
  /// Captions given out; a caption that is given out again counts again.
  public internal(set) var asked = 0
  /// Labels accepted from annotators.
  public internal(set) var labelsReceived = 0
  /// Abstentions accepted from annotators.
  public internal(set) var abstentionsReceived = 0
  /// Captions given out that came back without an answer: expired, released, unanswered, or settled by `restore` in the
  /// meantime. A late answer decrements this count.
  public internal(set) var returned = 0
  /// Tokens of questions and answers, as the annotators counted them.
  public internal(set) var tokens = 0
  /// New captions that the full ledger refused; each attempt counts.
  public internal(set) var overflowed = 0
  /// Refused answers.
  public internal(set) var refused = 0
  /// Answers accepted after their task had lapsed.
  public internal(set) var late = 0
  /// Captions queued again because the deadline of their task passed.
  public internal(set) var expired = 0
  /// Captions queued again because their annotator left.
  public internal(set) var released = 0
  /// Captions queued again because their task's result had no answer for them.
  public internal(set) var unanswered = 0

  public init() {}
}
