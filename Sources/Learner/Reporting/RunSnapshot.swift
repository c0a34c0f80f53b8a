import Captions

/// A run's state at one instant, for the log, the metrics and `tengu status`.
struct RunSnapshot {
  var runName: String
  var task: String
  var counters: RunCounters
  var captions: LedgerStatistics
  /// nil if no pairs are asked.
  var pairs: PairLedger.Statistics?
  /// Steps that wait for the trainer.
  var queuedSteps: Int
  var peers: PeerStatistics
  var workers: Int
  var annotators: Int
  /// Captions in the tables of all connected workers.
  var workerCaptions: Int
}
