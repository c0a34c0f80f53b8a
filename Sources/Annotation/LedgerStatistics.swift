/// The ledger's gauges and counters. `seen == queued + inFlight + labelled + abstained` at all times.
public struct LedgerStatistics: Sendable, Hashable {
  // Gauges.
  /// Distinct captions.
  public internal(set) var seen = 0
  public internal(set) var queued = 0
  public internal(set) var inFlight = 0
  public internal(set) var labelled = 0
  public internal(set) var abstained = 0

  // Counters since the ledger was made.
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
