/// Where a caption stands. Unseen captions are not in the ledger at all.
///
///     unseen -> queued -> in flight -> labelled | abstained
///                 ^------------'  deadline passed, annotator gone, or asked and not answered
public enum CaptionState: Sendable, Hashable {
  /// Waits to be asked.
  case queued
  /// One annotator holds it.
  case inFlight(task: UInt64)
  case labelled(Float)
  /// Asked, without a readable answer. Not asked again unless `CaptionLedger.retryAbstained` is called.
  case abstained
}
