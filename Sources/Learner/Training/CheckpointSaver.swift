import Checkpoints

/// How an attempt to save a checkpoint ended.
enum CheckpointEvent: Sendable {
  case saved(step: Int, path: String, seconds: Double)
  /// Why there is no checkpoint, or what went wrong after it was saved.
  case failed(String)
}

/// Decides when a run is saved, saves an algorithm with the run's counters, and restores both. (Labels are in the label
/// store, on disk before the learner acknowledges them.) Used by one thread at a time.
final class CheckpointSaver {
  private static let countersKey = "counters"

  private let store: CheckpointStore
  private let intervalSeconds: Double
  private let clock: () -> Double
  private let metadata: [String: String]
  private var lastSave: Double

  /// - Parameters:
  ///   - metadata: texts that every checkpoint holds: configuration hash and provenance.
  ///   - clock: monotonic seconds.
  init(
    store: CheckpointStore, intervalSeconds: Double, metadata: [String: String], clock: @escaping () -> Double
  ) {
    self.store = store
    self.intervalSeconds = intervalSeconds
    self.metadata = metadata
    self.clock = clock
    lastSave = clock()
  }

  /// Whether the interval since the last save has passed.
  var isDue: Bool { clock() - lastSave >= intervalSeconds }

  /// Writes a checkpoint now and reports the result. A failure costs the checkpoint, not the run.
  func save(_ algorithm: some Algorithm, _ counters: RunCounters, report: (CheckpointEvent) -> Void) {
    let start = clock()
    lastSave = start
    do {
      var contents = try algorithm.checkpointContents()
      try contents.encode(counters, as: Self.countersKey)
      // The tensors are views of buffers that `contents` may be the only owner of.
      let saved = try withExtendedLifetime(contents) {
        try store.save(
          step: counters.trainedSteps, policyVersion: algorithm.policyVersion, tensors: contents.tensors,
          metadata: metadata.merging(contents.texts) { $1 })
      }
      for warning in saved.warnings { report(.failed("after \(saved.path) was saved: \(warning)")) }
      report(.saved(step: counters.trainedSteps, path: saved.path, seconds: clock() - start))
    } catch {
      report(.failed("\(error)"))
    }
  }

  /// Restores `algorithm` from `checkpoint`.
  /// - Parameter report: receives a sentence for each part that starts from scratch because the checkpoint lacks it.
  /// - Returns: the run's counters.
  /// - Throws: `CheckpointError` naming what is missing, unreadable or of another shape.
  static func restore(
    _ checkpoint: Checkpoint, into algorithm: some Algorithm, report: (String) -> Void = { _ in }
  ) throws -> RunCounters {
    try algorithm.restore(checkpoint, report: report)
    return try checkpoint.decode(RunCounters.self, countersKey)
  }
}
