import Checkpoints
import Foundation
import LabelStore
import Telemetry

/// What earlier sessions of a run have left, and how a learner continues from it.
struct EarlierRun {
  let directory: RunDirectory
  let checkpoints: CheckpointStore
  let labels: LabelStore
  let log: LogWriter
  /// Nil if the run has no plan.
  var plans: PlanDesk?

  /// Key of a checkpoint's text: number of the store's last answer when it was saved.
  static let lastAnswerKey = "labels.last"

  /// Restores `algorithm` as the user wants it.
  /// - Parameters:
  ///   - chosen: the checkpoint of `LearnerOptions.Resume.path`.
  ///   - exactly: whether the run is to repeat what it did after the checkpoint: it then asks again for what was
  ///     answered since.
  /// - Returns: the run's counters; nil if the run begins.
  /// - Throws: `RunError.refused` if the run has a past and nothing to resume from, which says what there is;
  ///   `CheckpointError` if a checkpoint does not fit the run.
  func resume(
    _ resume: LearnerOptions.Resume, _ chosen: Checkpoint?, _ algorithm: RunAlgorithm, exactly: Bool
  ) throws -> RunCounters? {
    switch resume {
    case .never: return nil
    case .path, .best: return try chosen.map { try restore($0, into: algorithm) }
    case .auto:
      guard let newest = try newest() else { return nil }
      if exactly { try forgetAnswers(since: newest) }
      return try restore(newest, into: algorithm)
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

  private func restore(_ checkpoint: Checkpoint, into algorithm: RunAlgorithm) throws -> RunCounters {
    var counters = try CheckpointSaver.restore(checkpoint, into: algorithm) { log.info($0) }
    counters.resume()
    if let plans { restore(plans, from: checkpoint) }
    log.info(
      "resumed from \(checkpoint.path): \(counters.trainedSteps) steps, policy version \(algorithm.policyVersion)")
    return counters
  }

  /// A plan that the checkpoint does not hold, or that another scheduler made, begins from scratch.
  private func restore(_ plans: PlanDesk, from checkpoint: Checkpoint) {
    guard let text = checkpoint.metadata[PlanDesk.stateKey] else {
      return log.info("the plan begins from scratch: \(checkpoint.path) has none")
    }
    do {
      try plans.restore(text)
    } catch {
      log.warning("the plan begins from scratch: that of \(checkpoint.path) does not fit: \(error)")
    }
  }

  private func forgetAnswers(since checkpoint: Checkpoint) throws {
    guard let last = checkpoint.metadata[Self.lastAnswerKey].flatMap({ Int64($0) }) else { return }
    let run = directory.url.lastPathComponent
    let count = try labels.withdraw(after: last, of: run, date: Date().timeIntervalSince1970)
    if count > 0 { log.info("\(count) captions that were answered after the checkpoint are asked again") }
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
