import Captions

/// The state of a run at one instant, as the reporter needs it.
struct RunSnapshot {
  var runName: String
  var task: String
  var counters: RunCounters
  var captions: LedgerStatistics
  /// Frames that wait for the trainer.
  var queuedFrames: Int
  var workers: Int
  var annotators: Int
}
