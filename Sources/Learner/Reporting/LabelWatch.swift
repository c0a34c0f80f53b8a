import Captions

/// Notices a run whose captions nobody labels: it trains, and its status line looks healthy.
///
/// A value without clock and log. The learner shows it the ledger at each line.
struct LabelWatch {
  /// Seconds without an answer after which a waiting caption is worth a warning.
  static let patienceSeconds = 60.0
  /// Seconds between warnings of the same kind.
  static let reminderSeconds = 600.0

  /// What the learner knows about the annotators.
  private enum Cause { case noAnnotator, silent }

  private let isAnnotated: Bool
  private let hasBudget: Bool
  private var answers = 0
  private var waitsSince: Double?
  private var warned: (cause: Cause, time: Double)?

  /// - Parameters:
  ///   - isAnnotated: whether the run has its captions labelled.
  ///   - hasBudget: whether the run limits its questions; captions may wait for good then.
  init(isAnnotated: Bool, hasBudget: Bool = false) {
    (self.isAnnotated, self.hasBudget) = (isAnnotated, hasBudget)
  }

  /// - Parameters:
  ///   - annotators: annotators that are connected.
  ///   - now: seconds of the monotonic clock.
  /// - Returns: what to warn of; nil while all is well, and between two warnings.
  mutating func observe(_ captions: LedgerStatistics, annotators: Int, now: Double) -> String? {
    guard isAnnotated else { return nil }
    let answers = captions.labelsReceived + captions.abstentionsReceived
    let waiting = (hasBudget ? 0 : captions.queued) + captions.inFlight
    guard waiting > 0, answers == self.answers else {
      (self.answers, waitsSince, warned) = (answers, nil, nil)
      return nil
    }
    let since = waitsSince ?? now
    waitsSince = since
    guard now - since >= Self.patienceSeconds else { return nil }
    let cause: Cause = annotators == 0 ? .noAnnotator : .silent
    if let warned, warned.cause == cause, now - warned.time < Self.reminderSeconds { return nil }
    warned = (cause, now)
    let fact = "\(waiting) captions wait and none was answered for \(Int(now - since)) s: "
    switch cause {
    case .noAnnotator:
      return fact + "no annotator is connected; see annotator.log of the run directory, or attach one with "
        + "scripts/attach.sh --role annotator"
    case .silent:
      return fact + "\(annotators) annotator(s) are connected and send nothing; their logs say why, such as a "
        + "language-model server that does not answer"
    }
  }
}
