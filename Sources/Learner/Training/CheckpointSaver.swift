import Checkpoints
import Telemetry

/// How an attempt to save a checkpoint ended.
enum CheckpointEvent: Sendable {
  case saved(step: Int, path: String, seconds: Double)
  /// A save failed. The line is there at the first failure, and once more when a save succeeds again.
  case outage(line: String?, failures: Int)
  /// What went wrong after a checkpoint was saved.
  case warning(String)
}

/// Decides when a run is saved, saves an algorithm with the run's counters, and restores both. (Labels are in the label
/// store, on disk before the learner acknowledges them.) Used by one thread at a time.
final class CheckpointSaver {
  private static let countersKey = "counters"

  private let store: CheckpointStore
  private let intervalSeconds: Double
  private let clock: () -> Double
  private let metadata: [String: String]
  private let description: [String: String]
  private let latest: () throws -> [String: String]
  private var lastSave: Double
  private let intervalSteps: Int
  private let evaluationSteps: Int
  /// Trained steps at the last save.
  private var savedSteps: Int
  private var outage: Outage

  /// - Parameters:
  ///   - intervalSteps: trained steps between checkpoints; 0 to go by `intervalSeconds`.
  ///   - evaluationSteps: trained steps between evaluations, each of which needs a checkpoint; 0 for none.
  ///   - startSteps: trained steps when the learner starts.
  ///   - metadata: texts that every checkpoint holds: configuration hash and provenance.
  ///   - description: texts that describe the tensors; they are in the tensors' file.
  ///   - latest: more texts, as they are at each save.
  ///   - clock: monotonic seconds.
  init(
    store: CheckpointStore, intervalSeconds: Double, intervalSteps: Int = 0, evaluationSteps: Int = 0,
    startSteps: Int = 0,
    metadata: [String: String], description: [String: String] = [:],
    latest: @escaping () throws -> [String: String] = { [:] }, clock: @escaping () -> Double
  ) {
    self.intervalSteps = intervalSteps
    self.evaluationSteps = evaluationSteps
    self.latest = latest
    savedSteps = startSteps
    self.store = store
    self.intervalSeconds = intervalSeconds
    self.metadata = metadata
    self.description = description
    self.clock = clock
    lastSave = clock()
    outage = Outage(
      of: "checkpoints", firstPauseSeconds: min(Self.firstPauseSeconds, intervalSeconds),
      longestPauseSeconds: intervalSeconds)
  }

  /// Seconds from the first failure to the next attempt; a checkpoint that fails costs as much as one that is saved.
  private static let firstPauseSeconds = 10.0

  /// Whether the interval since the last save has passed, or the pause after one that failed.
  /// - Parameter steps: trained steps.
  func isDue(at steps: Int) -> Bool {
    if outage.isOn { return outage.allowsAttempt(at: clock()) }
    if evaluationSteps > 0, steps / evaluationSteps > savedSteps / evaluationSteps { return true }
    if intervalSteps > 0 { return steps / intervalSteps > savedSteps / intervalSteps }
    return clock() - lastSave >= intervalSeconds
  }

  /// Writes a checkpoint now and reports the result. A failure costs the checkpoint, not the run.
  /// - Returns: why there is no checkpoint; nil if it is saved.
  @discardableResult
  func save(
    _ algorithm: some Algorithm, _ counters: RunCounters, report: (CheckpointEvent) -> Void
  ) -> String? {
    let start = clock()
    lastSave = start
    do {
      var contents = try algorithm.checkpointContents()
      try contents.encode(counters, as: Self.countersKey)
      // The tensors are views of buffers that `contents` may be the only owner of.
      let texts = metadata.merging(contents.texts) { $1 }.merging(try latest()) { $1 }
      let saved = try withExtendedLifetime(contents) {
        try store.save(
          step: counters.trainedSteps, policyVersion: algorithm.policyVersion, tensors: contents.tensors,
          metadata: texts, description: description)
      }
      savedSteps = counters.trainedSteps
      if let line = outage.succeeded(at: clock()) { report(.outage(line: line, failures: outage.failures)) }
      for warning in saved.warnings { report(.warning("after \(saved.path) was saved: \(warning)")) }
      report(.saved(step: counters.trainedSteps, path: saved.path, seconds: clock() - start))
      return nil
    } catch {
      let line = outage.failed("\(error)", at: clock())
      report(.outage(line: line, failures: outage.failures))
      return "\(error)"
    }
  }

  /// What a run whose last checkpoint is missing can be resumed from, as a sentence.
  var kept: String {
    guard let newest = try? store.loadNewest().checkpoint else { return "No earlier checkpoint is intact" }
    return "Kept: \(newest.path), \(newest.step) steps"
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
