import Checkpoints
import LabelStore
import Telemetry

/// What earlier sessions of a run have left, and how a learner continues from it.
struct EarlierRun {
  let directory: RunDirectory
  let checkpoints: CheckpointStore
  let labels: LabelStore
  let log: LogWriter

  /// Restores `algorithm` as the user wants it.
  /// - Parameter chosen: the checkpoint of `LearnerOptions.Resume.path`.
  /// - Returns: the run's counters; nil if the run begins.
  /// - Throws: `RunError.refused` if the run has a past and nothing to resume from, which says what there is;
  ///   `CheckpointError` if a checkpoint does not fit the run.
  func resume(
    _ resume: LearnerOptions.Resume, _ chosen: Checkpoint?, _ algorithm: ActorCriticAlgorithm
  ) throws -> RunCounters? {
    switch resume {
    case .never: return nil
    case .path: return try chosen.map { try restore($0, into: algorithm) }
    case .auto: return try newest().map { try restore($0, into: algorithm) }
    case .fresh:
      let aside = try checkpoints.setAllAside()
      if !directory.isNew {
        log.info(
          "begins again at step 0 as --resume fresh asks: \(try answers()) answers of annotators are kept, \(aside) "
            + "checkpoints are set aside in \(checkpoints.directory)")
      }
      return nil
    }
  }

  private func restore(_ checkpoint: Checkpoint, into algorithm: ActorCriticAlgorithm) throws -> RunCounters {
    var counters = try CheckpointSaver.restore(checkpoint, into: algorithm) { log.info($0) }
    counters.resume()
    log.info(
      "resumed from \(checkpoint.path): \(counters.trainedSteps) steps, policy version \(algorithm.policyVersion)")
    return counters
  }

  /// The newest intact checkpoint; nil if the run has no past.
  private func newest() throws -> Checkpoint? {
    let newest: NewestCheckpoint
    do {
      newest = try checkpoints.loadNewest()
    } catch {
      throw RunError.refused("\(error). \(try past()) \(Self.nextStep)")
    }
    for rejected in newest.rejected { log.warning("passed over a damaged checkpoint: \(rejected)") }
    if let checkpoint = newest.checkpoint { return checkpoint }
    guard try hasPast() else { return nil }
    throw RunError.refused(
      "\(checkpoints.directory) holds no checkpoint to resume from. \(try past()) \(Self.nextStep)")
  }

  private static let nextStep =
    "Put a checkpoint back, or begin again at step 0 with --resume fresh, which keeps the labels"

  /// Whether earlier sessions have done work. A learner that ended before its first step has not.
  private func hasPast() throws -> Bool { try !directory.isNew && (answers() > 0 || trainedSteps > 0) }

  private func past() throws -> String {
    "The run has trained \(trainedSteps) steps and has \(try answers()) answers of annotators in \(labels.path)."
  }

  /// Answers in the store that this run asked for; other runs may share it.
  private func answers() throws -> Int { try labels.spent(by: directory.url.lastPathComponent).labels }

  private var trainedSteps: Int { (try? MetricsFile.lastRecord(of: directory.metrics.path))?.step ?? 0 }
}
